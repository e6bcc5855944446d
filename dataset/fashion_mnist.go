package dataset

import "github.com/ingot-ml/ingot/data"

var fashionMNIST = Entry{
	Name:     "fashion-mnist",
	Title:    "Fashion-MNIST: 70,000 photographs of clothes, 28x28 grey",
	Licence:  "MIT; copyright 2017 Zalando SE",
	Source:   "https://github.com/zalandoresearch/fashion-mnist",
	Citation: "Xiao, Rasul & Vollgraf 2017, \"Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms\", arXiv:1708.07747",
	Input:    data.Input{Kind: "image", Height: 28, Width: 28, Channels: 1, Scale: 1. / 255, Dark: true},
	Classes:  []string{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"},

	TrainRows: 60000,
	TestRows:  10000,
	Split:     "the authors' own",
	Files: [4]File{
		trainImages: {"train-images-idx3-ubyte", 47040016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"},
		trainLabels: {"train-labels-idx1-ubyte", 60008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"},
		testImages:  {"t10k-images-idx3-ubyte", 7840016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"},
		testLabels:  {"t10k-labels-idx1-ubyte", 10008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"},
	},
	mirrors: []string{
		"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
		"https://storage.googleapis.com/tensorflow/tf-keras-datasets",
	},
	folders: []string{"/usr/share/datasets/fashion-mnist"}, // Debian's dataset-fashion-mnist
}
