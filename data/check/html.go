package check

import (
	"html/template"
	"io"
)

// HTML writes the report as one page that needs nothing else, light or dark as the reader has it.
func (r *Report) HTML(w io.Writer) error { return page.Execute(w, r) }

// page is the report's. The bars are as wide as a value's share of the column's most frequent one.
var page = template.Must(template.New("check").Funcs(template.FuncMap{
	"count": count,
	"share": func(n int, all []Count) int {
		most := 1
		for _, c := range all {
			most = max(most, c.Rows)
		}
		return 100 * n / most
	},
}).Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{.Data}}: check</title>
<style>
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:1rem 0}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8884;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.PASS{color:#2a8a3e}.WARN{color:#b36b00}.FAIL{color:#c62828;font-weight:600}
small{opacity:.75}
.h{display:flex;align-items:flex-end;gap:1px;height:2rem;width:8rem}
.h i{flex:1;background:#4c78a8;min-height:1px}
.b{background:#4c78a8;height:.8rem;display:inline-block}
@media print{body{margin:0;max-width:none}}
</style></head><body>
<h1>{{.Data}}</h1>
<p>{{count .Rows}} rows, {{len .Columns}} columns; {{.Format}}</p>
<h2>Findings</h2>
<table><tr><th>level<th>check<th>column<th>what</tr>
{{range .Findings}}<tr><td class="{{.Level}}">{{.Level}}<td>{{.Check}}<td>{{.Column}}<td>{{.Text}}{{range .Rows}}<br><small>{{.}}</small>{{end}}</tr>
{{end}}</table>
{{with .Target}}<h2>Target</h2>
<table><tr><th>class<th class="n">rows<th style="width:60%"></tr>
{{$all := .}}{{range .}}<tr><td>{{.Value}}<td class="n">{{count .Rows}}<td><span class="b" style="width:{{share .Rows $all}}%"></span></tr>
{{end}}</table>{{end}}
{{with .Columns}}<h2>Columns</h2>
<table><tr><th>column<th>type<th class="n">missing<th class="n">different<th>values<th></tr>
{{range .}}<tr><td>{{.Name}}<td>{{.Kind}}<br><small>{{.Reason}}</small><td class="n">{{count .Missing}}<td class="n">{{count .Distinct}}
<td>{{if .Quartiles}}{{printf "%.5g … %.5g" .Min .Max}}<br><small>mean {{printf "%.5g" .Mean}}, sd {{printf "%.5g" .Std}}</small>{{else}}{{range $i, $c := .Top}}{{if lt $i 5}}{{$c.Value}} <small>{{count $c.Rows}}</small><br>{{end}}{{end}}{{end}}
<td>{{with .Top}}{{$all := .}}<div class="h">{{range .}}<i style="height:{{share .Rows $all}}%"></i>{{end}}</div>{{end}}</tr>
{{end}}</table>{{end}}
</body></html>
`))
