"""Writes every golden file again."""
import nn_transformer
import nn_weight
import op_attn
import op_linear
import op_loss
import op_norm
import op_pointwise
import op_reduce
import op_shape
import optim

for part in nn_transformer, nn_weight, op_attn, op_pointwise, op_reduce, op_shape, op_linear, op_norm, op_loss, optim:
    part.main()
