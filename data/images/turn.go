package images

import (
	"encoding/binary"
	"fmt"
)

// Turn is EXIF's orientation, 1 to 8: where the first row and the first column of the stored picture are seen.
//
// Source: CIPA DC-008 (EXIF 2.32), section 4.6.4, tag 274.
type Turn uint8

// upright is a picture stored as it is seen.
const upright Turn = 1

var turnNames = [...]string{
	2: "mirrored left to right", 3: "turned by 180 degrees", 4: "mirrored top to bottom",
	5: "mirrored about its diagonal", 6: "turned by 90 degrees to the right", 7: "mirrored about its other diagonal", 8: "turned by 90 degrees to the left",
}

// String says what makes the picture upright.
func (t Turn) String() string {
	if t < 2 || int(t) >= len(turnNames) {
		return "upright"
	}
	return turnNames[t]
}

// apply returns the picture upright.
func (t Turn) apply(p pixels) pixels {
	if t < 2 || t > 8 {
		return p
	}
	r := pixels{p.w, p.h, p.c, make([]uint8, len(p.v))}
	if t >= 5 {
		r.w, r.h = p.h, p.w
	}
	for y := range r.h {
		for x := range r.w {
			sx, sy := x, y // of the stored picture
			if t >= 5 {
				sx, sy = y, x
			}
			if t == 2 || t == 3 || t == 7 || t == 8 {
				sx = p.w - 1 - sx
			}
			if t == 3 || t == 4 || t == 6 || t == 7 {
				sy = p.h - 1 - sy
			}
			copy(r.v[(y*r.w+x)*p.c:][:p.c], p.v[(sy*p.w+sx)*p.c:])
		}
	}
	return r
}

// exifTurn returns the orientation that a JPEG file's EXIF block gives; upright where it has none or a damaged one, which
// doesn't make the picture unusable.
func exifTurn(b []byte) Turn {
	for at := 2; at+4 <= len(b) && b[at] == 0xff; {
		marker, size := b[at+1], int(binary.BigEndian.Uint16(b[at+2:]))
		if marker == 0xff { // fill
			at++
			continue
		}
		if marker == 0xda || size < 2 || at+2+size > len(b) { // the picture itself begins
			return upright
		}
		if body := b[at+4 : at+2+size]; marker == 0xe1 && begins(body, "Exif\x00\x00") {
			return tiffTurn(body[6:])
		}
		at += 2 + size
	}
	return upright
}

// tiffTurn looks for tag 274 in the first directory of a TIFF block.
func tiffTurn(b []byte) Turn {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case begins(b, "MM\x00*"):
		order = binary.BigEndian
	case !begins(b, "II*\x00"):
		return upright
	}
	if len(b) < 8 {
		return upright
	}
	at := int64(order.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return upright
	}
	entries := b[at+2:]
	for range order.Uint16(b[at:]) {
		if len(entries) < 12 {
			return upright
		}
		if order.Uint16(entries) == 274 && order.Uint16(entries[2:]) == 3 { // a SHORT
			if t := order.Uint16(entries[8:]); t >= 1 && t <= 8 {
				return Turn(t)
			}
			return upright
		}
		entries = entries[12:]
	}
	return upright
}

// step says what was done to make a picture upright.
func (t Turn) step() Step { return Step{"turn", fmt.Sprintf("%s, as its EXIF block says", t)} }
