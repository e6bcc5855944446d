package nn

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// NamedBuffer is a Buffer with its path, such as bn.running_mean.
type NamedBuffer struct {
	Name string
	*grad.Buffer
}

// Params returns the model's parameters, in the order of the fields, with their paths. A path joins the names on the way
// with dots:
//
//   - an exported field is its name in snake_case (FC1 → fc1), or what its tag says: `nn:"c_attn"`;
//     `nn:"-"` leaves the field out
//   - an embedded struct adds nothing, unless it has a tag
//   - an element of a slice or array is its index from 0; a field's tag `nn:"fc#1"` names the elements fc1, fc2, …
//     in place of the field and the index, and `nn:"w#0_r"` names them w0_r, w1_r, …
//   - an element of a map is its key, a string or an integer; maps are walked in the order of their keys
//   - pointers and interfaces add nothing; nil ones are passed over
//
// A Param found again is tied: it is listed once, under its first path. Errors are: a name that two parameters would have,
// an unexported field that holds a parameter (nothing could name it), a grad.Param held by value, and a cycle. Nothing is
// written to the model, so that a Param may sit in several.
func Params(model any) (grad.Params, error) {
	w, err := walk(model)
	if err != nil {
		return nil, err
	}
	return w.params, nil
}

// Buffers returns the model's buffers, by the rules of [Params].
func Buffers(model any) ([]NamedBuffer, error) {
	w, err := walk(model)
	if err != nil {
		return nil, err
	}
	return w.buffers, nil
}

var (
	paramType  = reflect.TypeFor[grad.Param]()
	bufferType = reflect.TypeFor[grad.Buffer]()
)

type walker struct {
	params  grad.Params
	buffers []NamedBuffer
	seen    map[any]bool          // the *grad.Param and *grad.Buffer listed
	names   map[string]bool       // their paths
	onPath  map[pointer]bool      // pointers between the model and here: coming back to one is a cycle
	hidden  map[pointer]bool      // pointers looked behind from unexported fields
	holds   map[reflect.Type]bool // what mayHold found
	asked   []reflect.Type        // the types that a mayHold looked at
}

type pointer struct {
	typ reflect.Type
	at  uintptr
}

func walk(model any) (*walker, error) {
	w := &walker{
		seen: map[any]bool{}, names: map[string]bool{}, onPath: map[pointer]bool{},
		hidden: map[pointer]bool{}, holds: map[reflect.Type]bool{},
	}
	v := reflect.ValueOf(model)
	if !v.IsValid() {
		return nil, tensor.Errorf("nn.Params of nil: a model is wanted")
	}
	if err := w.visit(v, ""); err != nil {
		return nil, err
	}
	return w, nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// visit walks v, whose path is path.
func (w *walker) visit(v reflect.Value, path string) error {
	if !w.mayHold(v.Type()) {
		return nil
	}
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			return w.visit(v.Elem(), path)
		}
	case reflect.Pointer:
		return w.visitPointer(v, path)
	case reflect.Struct:
		return w.visitStruct(v, path)
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := w.visit(v.Index(i), join(path, strconv.Itoa(i))); err != nil {
				return err
			}
		}
	case reflect.Map:
		return w.visitMap(v, path)
	}
	return nil
}

func (w *walker) visitPointer(v reflect.Value, path string) error {
	if v.IsNil() {
		return nil
	}
	switch v.Type().Elem() {
	case paramType:
		p := v.Interface().(*grad.Param)
		if w.seen[p] {
			return nil
		}
		w.params = append(w.params, grad.Named{Name: path, Param: p})
		return w.list(p, path, p.Data)
	case bufferType:
		p := v.Interface().(*grad.Buffer)
		if w.seen[p] {
			return nil
		}
		w.buffers = append(w.buffers, NamedBuffer{Name: path, Buffer: p})
		return w.list(p, path, p.Data)
	}
	at := pointer{v.Type(), v.Pointer()}
	if w.onPath[at] {
		return tensor.Errorf("%s points back to a struct that holds it: a model must not be a cycle", path)
	}
	w.onPath[at] = true
	defer delete(w.onPath, at)
	return w.visit(v.Elem(), path)
}

// list records a leaf under its path.
func (w *walker) list(leaf any, path string, data tensor.Tensor) error {
	switch {
	case path == "":
		return tensor.Errorf("a parameter by itself has no name: put it in a struct")
	case w.names[path]:
		return tensor.Errorf("two parameters would be called %s; rename a field or give one a tag such as `nn:\"name\"`", path)
	case !data.Valid():
		return tensor.Errorf("parameter %s has no data: make it with grad.NewParam or a layer's constructor", path)
	}
	w.seen[leaf], w.names[path] = true, true
	return nil
}

func (w *walker) visitStruct(v reflect.Value, path string) error {
	t := v.Type()
	if t == paramType || t == bufferType {
		return tensor.Errorf("%s holds a %s by value; hold a *%s", path, t, t)
	}
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("nn")
		if tag == "-" {
			continue
		}
		if err := w.visitField(f, v.Field(i), path, tag, tagged); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) visitField(f reflect.StructField, v reflect.Value, path, tag string, tagged bool) error {
	embedded := f.Anonymous && indirect(f.Type).Kind() == reflect.Struct && indirect(f.Type) != paramType && indirect(f.Type) != bufferType
	if !f.IsExported() && !embedded {
		if w.finds(v) {
			return tensor.Errorf("%s has a parameter in its unexported field %s, where it can't be saved; export the field, or tag it `nn:\"-\"`", place(path), f.Name)
		}
		return nil
	}
	prefix, start, numbered := strings.Cut(tag, "#")
	switch {
	case numbered:
		return w.visitNumbered(v, path, prefix, start)
	case tagged:
		return w.visit(v, join(path, tag))
	case embedded:
		return w.visit(v, path)
	}
	return w.visit(v, join(path, snake(f.Name)))
}

func place(path string) string {
	if path == "" {
		return "the model"
	}
	return path
}

func indirect(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// visitNumbered names the elements of a slice prefix+start, prefix+(start+1), …; what follows the number ends each name.
func (w *walker) visitNumbered(v reflect.Value, path, prefix, start string) error {
	number := start[:len(start)-len(strings.TrimLeft(start, "0123456789"))]
	n, err := strconv.Atoi(number)
	if err != nil || v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		return tensor.Errorf("the tag `nn:\"%s#%s\"` under %q is for a slice and wants a number after #", prefix, start, path)
	}
	for i := range v.Len() {
		if err := w.visit(v.Index(i), join(path, prefix+strconv.Itoa(n+i)+start[len(number):])); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) visitMap(v reflect.Value, path string) error {
	keys := v.MapKeys()
	switch kind := v.Type().Key().Kind(); {
	case kind == reflect.String:
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	case kind >= reflect.Int && kind <= reflect.Int64:
		slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.Int(), b.Int()) })
	default:
		return tensor.Errorf("%s is a map whose keys are %s; strings or integers are wanted", path, v.Type().Key())
	}
	for _, k := range keys {
		name := fmt.Sprint(k)
		if name == "" || strings.Contains(name, ".") {
			return tensor.Errorf("%s has the key %q, which can't be part of a name", path, name)
		}
		if err := w.visit(v.MapIndex(k), join(path, name)); err != nil {
			return err
		}
	}
	return nil
}
