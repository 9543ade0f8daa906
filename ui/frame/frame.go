// Package frame draws the frame that boxes over the panes have.
package frame

import (
	"strings"

	"posthorn/ui/cells"
	"posthorn/ui/theme"
)

// Around returns lines in a frame, each of w columns within it.
func Around(t theme.Theme, m cells.Measure, lines []string, w int) []string {
	rule := strings.Repeat("─", w+2)
	side := t.Accent.Render("│")
	out := []string{t.Accent.Render("╭" + rule + "╮")}
	for _, l := range m.Fit(lines, w, len(lines)) {
		out = append(out, side+" "+l+" "+side)
	}
	return append(out, t.Accent.Render("╰"+rule+"╯"))
}
