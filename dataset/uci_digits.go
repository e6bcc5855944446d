package dataset

import (
	"embed"
	"io/fs"

	"github.com/ingot-ml/ingot/data"
)

//go:embed digits/*.gz
var digitFiles embed.FS

var uciDigits = Entry{
	Name:     "uci-digits",
	Title:    "UCI digits: 1,797 handwritten digits, 8x8 in 17 grey levels, embedded",
	Licence:  "CC BY 4.0; E. Alpaydin and C. Kaynak, UCI Machine Learning Repository; taken from scikit-learn (BSD-3-Clause)",
	Source:   "https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits",
	Citation: "Alpaydin & Kaynak 1998, \"Optical recognition of handwritten digits\", UCI Machine Learning Repository, doi:10.24432/C50P49",
	Input:    data.Input{Kind: "image", Height: 8, Width: 8, Channels: 1, Scale: 1. / 16, White: 16, Dark: true, Box: 8},
	Classes:  []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},

	TrainRows: 1437,
	TestRows:  360,
	Split:     "ours: the last 360 rows; rows lie writer by writer, so that these are mostly of people not in the first 1,437",
	Files: [4]File{
		trainImages: {"train-images-idx3-ubyte", 91984, "41e463fb11442353328aed136a72ca93512604a7ae6e294205756d54294c7502"},
		trainLabels: {"train-labels-idx1-ubyte", 1445, "f8a600b73e2c056aa42316260206e6643bd33e96bd71cfb8e32b94f76fac4f93"},
		testImages:  {"t10k-images-idx3-ubyte", 23056, "ee7550fe34409fc27d844b52fd0408fab403b2cc523bb34baa4ebd95b760d882"},
		testLabels:  {"t10k-labels-idx1-ubyte", 368, "cf2c8a23974df0c99eb3f36ff34c02acb9be1c84aca7280211ef04bea1135360"},
	},
	embedded: sub(digitFiles, "digits"),
}

func sub(files embed.FS, dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // dir is a constant of this file
	}
	return f
}
