package compose

import (
	"strings"
	"unicode/utf8"
)

// flowWidth is where paragraphs are broken on the way out. RFC 3676, section
// 4.2, recommends lines of at most 78 characters, and 66 to 72 for old readers.
const flowWidth = 72

// flow turns text with one line a paragraph into format=flowed (RFC 3676): long
// lines are broken after a space, which stays; lines that begin with a space,
// ">" or "From " get a space before them, unless they are quotes. Quoted lines
// are fixed: they were laid out already.
func flow(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "-- ":
			b.WriteString("-- \r\n")
		case strings.HasPrefix(line, ">"):
			b.WriteString(strings.TrimRight(line, " ") + "\r\n")
		default:
			flowParagraph(&b, strings.TrimRight(line, " "))
		}
	}
	return b.String()
}

func flowParagraph(b *strings.Builder, line string) {
	for {
		n := breakAt(line)
		head := line[:n]
		if strings.HasPrefix(head, " ") || strings.HasPrefix(head, ">") || strings.HasPrefix(head, "From ") {
			b.WriteByte(' ')
		}
		b.WriteString(head)
		b.WriteString("\r\n")
		if line = line[n:]; line == "" {
			return
		}
	}
}

// breakAt returns how many bytes of a paragraph make its next line, with the
// space that ends it. A word that is too long stays whole.
func breakAt(s string) int {
	if utf8.RuneCountInString(s) <= flowWidth {
		return len(s)
	}
	last, col := 0, 0
	for i, r := range s {
		col++
		if r == ' ' && i+1 < len(s) && s[i+1] != ' ' {
			last = i + 1
		}
		if col > flowWidth && last > 0 {
			return last
		}
	}
	return len(s)
}

// unflow is the inverse of flow, for text whose Content-Type says that it is
// flowed. Other text is only freed of its carriage returns.
func unflow(text string, params map[string]string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if !strings.EqualFold(params["format"], "flowed") {
		return text
	}
	delsp := strings.EqualFold(params["delsp"], "yes")
	var b strings.Builder
	for line := range strings.Lines(text) {
		bare, _ := strings.CutSuffix(line, "\n")
		quoted := strings.HasPrefix(bare, ">")
		if !quoted {
			bare = strings.TrimPrefix(bare, " ")
		}
		switch {
		case quoted || bare == "-- " || !strings.HasSuffix(bare, " "):
			b.WriteString(bare + "\n")
		case delsp:
			b.WriteString(bare[:len(bare)-1])
		default:
			b.WriteString(bare)
		}
	}
	return b.String()
}
