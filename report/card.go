package report

import (
	_ "embed"
	"io"
	"strings"
	"text/template"
)

//go:embed card.md
var cardText string

// cardTemplate has the sections of a model card. Source: Mitchell et al. 2019, "Model Cards for Model Reporting", arXiv:1810.03993.
var cardTemplate = template.Must(template.New("card").Funcs(template.FuncMap{"md": markdown}).Parse(cardText))

func (r *Report) card(w io.Writer) error {
	return cardTemplate.Execute(w, r.view())
}

// markdown writes a text so that Markdown has no say in it: a line of letters, also in a table. It is for texts that don't
// begin a line.
func markdown(s string) string { return escaping.Replace(printable(s)) }

// escaping takes the meaning from marks of emphasis, code, links, HTML and tables, and from addresses, which some programs link.
var escaping = strings.NewReplacer(
	"<", "&lt;", ">", "&gt;", "&", "&amp;", `\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "|", `\|`, "~", `\~`, "://", `:\//`, "www.", `www\.`,
)
