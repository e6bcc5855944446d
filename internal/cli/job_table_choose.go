package cli

import "github.com/ingot-ml/ingot/recipe"

// smallTable is how many training rows a small table has fewer of: a small ensemble of networks in small steps then does better than one
// network, and takes seconds.
const smallTable = 10_000

// forFewRows is what recipe table.yaml is changed to. TabM of this size had the lowest test error on heart-disease, german-credit,
// churn and ames, and was within noise of the best on breast-cancer, diabetes-progression, titanic and credit-default; 5 seeds
// each, 2026-11-25.
var forFewRows = [][2]string{
	{"model.name", "tabm"}, {"model.hidden", "[500]"}, {"model.size", "xs"}, {"model.bins", "16"}, {"model.dropout", "0.1"}, {"train.batch", "32"},
}

// choose fits the recipe for any table to one of few rows; what a person or a recipe of its own says stays.
func (k *tableJob) choose(rows int) error {
	const anyTable = recipe.TableRecipe + ".yaml"
	r := k.recipe
	if rows >= smallTable || r.Origin("model.name").Source != anyTable || r.Origin("model.hidden").Source != anyTable {
		return nil // of hidden layers, somebody wants the MLP
	}
	for _, s := range forFewRows {
		switch r.Origin(s[0]).Source {
		case anyTable, "default":
			if err := r.Derive(s[0], s[1], "fewer than 10,000 rows"); err != nil {
				return err
			}
		}
	}
	return nil
}
