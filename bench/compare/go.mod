module github.com/ingot-ml/ingot/bench/compare

go 1.26

replace github.com/ingot-ml/ingot => ../..
