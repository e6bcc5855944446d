module github.com/ingot-ml/ingot

go 1.26
