package convert

import "math"

// goTable has the plain loops.
var goTable = table{
	bf16ToF32: bf16ToF32Go, f16ToF32: f16ToF32Go, f32ToBF16: f32ToBF16Go, f32ToF16: f32ToF16Go, u8ToF32: u8ToF32Go,
}

func bf16ToF32Go(dst []float32, src []uint16) {
	for i, h := range src {
		dst[i] = math.Float32frombits(uint32(h) << 16)
	}
}

func f32ToBF16Go(dst []uint16, src []float32) {
	for i, v := range src {
		b := math.Float32bits(v)
		if v != v {
			dst[i] = uint16(b>>16) | 0x40 // quiet, so that no NaN loses its last bit
			continue
		}
		dst[i] = uint16((b + 0x7fff + b>>16&1) >> 16)
	}
}

func f16ToF32Go(dst []float32, src []uint16) {
	for i, h := range src {
		sign, e, m := uint32(h>>15)<<31, uint32(h>>10&0x1f), uint32(h&0x3ff)
		switch e {
		case 0: // a multiple of 2⁻²⁴
			dst[i] = math.Float32frombits(math.Float32bits(float32(m)*0x1p-24) | sign)
		case 0x1f:
			b := sign | 0x7f800000 | m<<13
			if m != 0 {
				b |= 1 << 22
			}
			dst[i] = math.Float32frombits(b)
		default:
			dst[i] = math.Float32frombits(sign | (e+127-15)<<23 | m<<13)
		}
	}
}

func f32ToF16Go(dst []uint16, src []float32) {
	const (
		tooLarge  = 0x477ff000 // 65520, half-way between the largest binary16 and 2¹⁶
		minNormal = 0x38800000 // 2⁻¹⁴
	)
	for i, v := range src {
		b := math.Float32bits(v)
		sign := uint16(b >> 16 & 0x8000)
		b &^= 1 << 31
		switch {
		case v != v:
			dst[i] = sign | 0x7e00 | uint16(b>>13&0x3ff)
		case b >= tooLarge:
			dst[i] = sign | 0x7c00
		case b >= minNormal:
			dst[i] = sign | uint16((b-(127-15)<<23+0xfff+b>>13&1)>>13)
		default: // a multiple of 2⁻²⁴, rounded by the addition
			dst[i] = sign | uint16(math.Float32bits(math.Float32frombits(b)+0.5)-math.Float32bits(0.5))
		}
	}
}

func u8ToF32Go(dst []float32, src []uint8, scale, shift float32) {
	for i, v := range src {
		dst[i] = float32(math.FMA(float64(v), float64(scale), float64(shift)))
	}
}

func f32ToF64Go(dst []float64, src []float32) {
	for i, v := range src {
		dst[i] = float64(v)
	}
}

func f64ToF32Go(dst []float32, src []float64) {
	for i, v := range src {
		dst[i] = float32(v)
	}
}
