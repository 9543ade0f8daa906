package render

import (
	"strconv"
	"strings"
)

// A patch follows a unified diff through the lines of a text: which of them are
// part of it is told by the numbers in its hunks, as for the programs that apply
// it.
type patch struct {
	head     bool // within the lines before the first hunk
	from, to int  // how many lines of the old and the new text the hunk still has
}

// line reports whether a line is part of a patch, and how it looks.
func (p *patch) line(s string) (Style, bool) {
	if p.from > 0 || p.to > 0 {
		return p.hunkLine(s)
	}
	if from, to, ok := hunk(s); ok && p.head {
		p.from, p.to = from, to
		return Heading, true
	}
	switch {
	case strings.HasPrefix(s, "diff --git "), strings.HasPrefix(s, "Index: "), oldName(s):
		p.head = true
		return Bold, true
	case p.head && (strings.HasPrefix(s, "+++ ") || strings.HasPrefix(s, "index ") || strings.HasPrefix(s, "===") || strings.HasPrefix(s, "\\ No newline") ||
		extended(s)):
		return Bold, true
	}
	p.head = false
	return 0, false
}

func (p *patch) hunkLine(s string) (Style, bool) {
	switch {
	case strings.HasPrefix(s, "+") && p.to > 0:
		p.to--
		return Added, true
	case strings.HasPrefix(s, "-") && p.from > 0:
		p.from--
		return Removed, true
	case strings.HasPrefix(s, "\\"):
		return 0, true
	case s == "" || s[0] == ' ' || s[0] == '\t': // some programs drop the space at the end of an empty line
		p.from, p.to = max(p.from-1, 0), max(p.to-1, 0)
		return 0, true
	}
	*p = patch{}
	return 0, false
}

// oldName reports whether a line names the old file of a patch, and is no rule
// between two parts of a text.
func oldName(s string) bool {
	name, ok := strings.CutPrefix(s, "--- ")
	return ok && (strings.HasPrefix(name, "a/") || strings.HasPrefix(name, "/dev/null") || strings.Contains(name, "\t"))
}

// extended reports whether a line is one that git writes before a hunk.
func extended(s string) bool {
	for _, begin := range []string{"new file mode ", "deleted file mode ", "old mode ", "new mode ", "similarity index ", "rename from ", "rename to ", "copy from ", "copy to ", "Binary files "} {
		if strings.HasPrefix(s, begin) {
			return true
		}
	}
	return false
}

// hunk reads the line that begins a hunk: @@ -1,5 +1,6 @@.
func hunk(s string) (from, to int, ok bool) {
	fields := strings.Fields(s[:min(len(s), 100)])
	if len(fields) < 4 || fields[0] != "@@" || fields[3] != "@@" || fields[1][0] != '-' || fields[2][0] != '+' {
		return 0, 0, false
	}
	from, ok1 := count(fields[1][1:])
	to, ok2 := count(fields[2][1:])
	return from, to, ok1 && ok2
}

// count reads the number of lines in "1,5"; one line where it is left out.
func count(s string) (int, bool) {
	_, n, found := strings.Cut(s, ",")
	if !found {
		_, err := strconv.Atoi(s)
		return 1, err == nil
	}
	v, err := strconv.Atoi(n)
	return v, err == nil && v >= 0
}
