package command

import "strings"

// Markdown returns a table of commands as the README has it.
func Markdown(table []Command) string {
	var b strings.Builder
	b.WriteString("| where | keys |\n| --- | --- |\n")
	for _, p := range Places() {
		var cells []string
		for _, c := range table {
			if c.Place != p || c.Alike {
				continue
			}
			keys := "`" + strings.ReplaceAll(strings.Join(c.Keys, "` `"), "|", `\|`) + "` "
			if len(c.Keys) == 0 {
				keys = "*" + c.Name + "* "
			}
			cells = append(cells, keys+c.Help)
		}
		b.WriteString("| " + string(p) + " | " + strings.Join(cells, " · ") + " |\n")
	}
	return b.String()
}
