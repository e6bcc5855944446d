package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/ingot-ml/ingot/internal/kernel/_gen/emit"
)

// Offsets in gemm's struct tile; its tests hold them together.
const (
	offA, offARow, offAStep, offANext = 0, 8, 16, 24
	offB, offBStep                    = 32, 40
	offC, offCRow                     = 48, 56
	offK, offCount                    = 64, 72
	offBias, offFlags                 = 80, 88
	offLanes, offBad                  = 96, 104
)

// Bits of tile.flags.
const (
	flagLoad, flagBiasCol, flagBiasRow, flagReLU, flagCheck = 1, 2, 4, 8, 16
)

// vectors is an instruction set's part of a tile that is two vectors wide.
type vectors interface {
	name() string
	lanes() int
	rows() int      // of the full tile
	variants() bool // whether partly stored tiles have functions of their own
	reg(f *emit.File, i int) reg.VecVirtual
	zero(f *emit.File, v reg.Register)
	// mask prepares storing the lanes that tile.lanes says; scratch are vectors it may use.
	mask(f *emit.File, t reg.Register)
	load(f *emit.File, m Mem, half int, dst reg.Register)
	store(f *emit.File, src reg.Register, half int, m Mem)
	// check ors into bad what isn't zero where v is NaN or infinite.
	check(f *emit.File, v, tmp, bad reg.Register, half int)
	// jumpIfZero jumps to label if v is zero.
	jumpIfZero(f *emit.File, v reg.Register, label string)
}

func writeTiles(folder, file string, v vectors) {
	f := emit.New("gemm", "tile")
	for rows := v.rows(); rows >= 1; rows-- {
		writeTile(f, v, rows, false)
		if v.variants() {
			writeTile(f, v, rows, true)
		}
	}
	f.Write(folder, file)
}
