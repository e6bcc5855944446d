module example.org/userop

go 1.26.0

require github.com/ingot-ml/ingot v0.0.0

replace github.com/ingot-ml/ingot => ../..
