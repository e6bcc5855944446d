package train

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// manifest says what the other files of a checkpoint's folder hold. It is written last and covers itself.
//
//	{"version":1,"chunk":4194304,"files":[{"name":"state.json","size":N,"sha256":["…", …]}, …],"sha256":"…"}
//
// A file's sha256 are those of its chunks of 4 MiB, the last of which may be shorter, so that all cores can check one file. The
// manifest's own is of its bytes with these 64 digits as zeros.
type manifest struct {
	Version int            `json:"version"`
	Chunk   int64          `json:"chunk"` // bytes
	Files   []manifestFile `json:"files"`
	SHA256  string         `json:"sha256"`
}

// manifestFile is one file of a checkpoint.
type manifestFile struct {
	Name   string   `json:"name"`
	Size   int64    `json:"size"`
	SHA256 []string `json:"sha256"` // of each chunk
}

const (
	manifestVersion = 1
	chunkSize       = 4 << 20
	maxManifest     = 64 << 20 // bytes read: a checkpoint of 4 TB
)

var zeroSum = strings.Repeat("0", 2*sha256.Size)

// encode returns the manifest's bytes, sealed by their SHA-256.
func (m *manifest) encode() ([]byte, error) {
	m.Version, m.Chunk, m.SHA256 = manifestVersion, chunkSize, zeroSum
	b, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	b = append(b, '\n')
	sum := sha256.Sum256(b)
	m.SHA256 = hex.EncodeToString(sum[:])
	return bytes.Replace(b, []byte(`"sha256":"`+zeroSum), []byte(`"sha256":"`+m.SHA256), 1), nil
}

// parseManifest reads what encode wrote and nothing else: any other byte is an error.
func parseManifest(b []byte) (*manifest, error) {
	if len(b) > maxManifest {
		return nil, fmt.Errorf("it is larger than %d bytes", maxManifest)
	}
	var m manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("it isn't a manifest: %w", err)
	}
	if m.Version != manifestVersion {
		return nil, fmt.Errorf("it has version %d; this ingot reads %d", m.Version, manifestVersion)
	}
	said := m.SHA256
	again, err := m.encode()
	if err != nil {
		return nil, err
	}
	if m.SHA256 != said {
		return nil, fmt.Errorf("its SHA-256 is %s, and it says %q", m.SHA256, said)
	}
	if !bytes.Equal(again, b) {
		return nil, errors.New("it isn't written as a manifest is")
	}
	return &m, m.check()
}

// check refuses names that lead out of the folder and numbers that don't agree.
func (m *manifest) check() error {
	seen := map[string]bool{}
	for _, f := range m.Files {
		switch chunks := (f.Size + chunkSize - 1) / chunkSize; {
		case f.Name != StateFile && f.Name != TensorsFile || seen[f.Name]:
			return fmt.Errorf("it has a file %q; a checkpoint has %s and %s", f.Name, StateFile, TensorsFile)
		case f.Size < 0 || chunks != int64(len(f.SHA256)):
			return fmt.Errorf("%s has %d bytes and %d sums of chunks of %d", f.Name, f.Size, len(f.SHA256), chunkSize)
		}
		seen[f.Name] = true
	}
	if len(seen) != 2 {
		return fmt.Errorf("it has %d files; a checkpoint has %s and %s", len(seen), StateFile, TensorsFile)
	}
	return nil
}

// hasher is a writer that takes the sums of what passes through it, chunk by chunk.
type hasher struct {
	file manifestFile
	sum  []byte // scratch
	hash hash.Hash
}

func newHasher(name string) *hasher {
	return &hasher{file: manifestFile{Name: name, SHA256: []string{}}, hash: sha256.New()}
}

// Write takes p into the sums.
func (h *hasher) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		part := p[:min(int64(len(p)), chunkSize-h.file.Size%chunkSize)]
		h.hash.Write(part)
		h.file.Size += int64(len(part))
		if h.file.Size%chunkSize == 0 {
			h.close()
		}
		p = p[len(part):]
	}
	return n, nil
}

// close ends a chunk.
func (h *hasher) close() {
	h.sum = h.hash.Sum(h.sum[:0])
	h.file.SHA256 = append(h.file.SHA256, hex.EncodeToString(h.sum))
	h.hash.Reset()
}

// done ends the last chunk and returns what the manifest says of the file.
func (h *hasher) done() manifestFile {
	if h.file.Size%chunkSize > 0 {
		h.close()
	}
	return h.file
}
