// Package nn has layers: plain structs of parameters with a Forward. It names what a model holds ([Params], [Buffers]),
// saves and restores it ([State], [Load]), and draws initial values.
//
// Ops take values, layers hold parameters. A model is any struct of layers with a Forward of its own; [Params] finds the
// parameters by reflection, so that nothing is registered.
//
// Initial values are PyTorch's unless said otherwise. Constructors take the [rng.Source] they draw from and panic with a
// [tensor.Error] where a size is impossible; set-up that sees sizes from a user checks them first, as package model does.
package nn
