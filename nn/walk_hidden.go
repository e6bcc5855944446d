package nn

import "reflect"

// mayHold reports whether a value of type t can lead to a Param or a Buffer; it prunes the walk.
func (w *walker) mayHold(t reflect.Type) bool {
	w.asked = w.asked[:0]
	r := w.leads(t)
	if r { // then a no on the way may only mean that a recursive type came back to itself
		for _, u := range w.asked {
			if !w.holds[u] {
				delete(w.holds, u)
			}
		}
	}
	return r
}

func (w *walker) leads(t reflect.Type) bool {
	if t == paramType || t == bufferType {
		return true
	}
	if r, known := w.holds[t]; known {
		return r
	}
	w.holds[t] = false
	w.asked = append(w.asked, t)
	r := false
	switch t.Kind() {
	case reflect.Interface:
		r = true
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		r = w.leads(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			r = r || t.Field(i).Tag.Get("nn") != "-" && w.leads(t.Field(i).Type)
		}
	}
	w.holds[t] = r
	return r
}

// finds reports whether v, in an unexported field, leads to a Param or a Buffer.
func (w *walker) finds(v reflect.Value) bool {
	if !w.mayHold(v.Type()) {
		return false
	}
	switch v.Kind() {
	case reflect.Interface:
		return !v.IsNil() && w.finds(v.Elem())
	case reflect.Pointer:
		at := pointer{v.Type(), v.Pointer()}
		if v.IsNil() || w.hidden[at] {
			return false
		}
		w.hidden[at] = true
		return w.finds(v.Elem())
	case reflect.Struct:
		if v.Type() == paramType || v.Type() == bufferType {
			return true
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("nn") != "-" && w.finds(v.Field(i)) {
				return true
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if w.finds(v.Index(i)) {
				return true
			}
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			if w.finds(it.Value()) {
				return true
			}
		}
	}
	return false
}
