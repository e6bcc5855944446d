//go:build !unix

package fs

// syncDir does nothing: Windows gives no way to sync a folder, and its rename is journalled.
func syncDir(string) error { return nil }
