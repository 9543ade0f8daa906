package dialogue

import (
	"fmt"
	"strconv"
	"strings"
)

// A Variant is a dialogue that a server does not play to its end.
type Variant struct {
	Said   string // what the client had said, without its tag
	How    string // "cut", "cut in the answer", "mute", or the refusal
	Script string
}

// Name names the variant, for a subtest.
func (v Variant) Name() string { return fmt.Sprintf("%s/%s", v.Said, v.How) }

// Unkind returns the ways in which a server can fail a client in a dialogue. At
// each thing the client says, the server
//
//   - answers with one of the refusals, in which <tag> stands for the tag of the
//     client's command, and from then on with then to whatever it hears;
//   - hangs up before its answer, or in the midst of it;
//   - says nothing any more.
func Unkind(script, then string, refusals ...string) (list []Variant) {
	lines := strings.Split(strings.TrimSpace(script), "\n")
	for i, line := range lines {
		kind, said, _ := strings.Cut(strings.TrimLeft(line, "\t "), " ")
		if kind != "C:" && kind != "C." {
			continue
		}
		if kind == "C." {
			said = "the message"
		}
		var tag string
		if t, rest, ok := strings.Cut(said, " "); ok && strings.Contains(then, "<tag>") {
			tag, said = t, rest
		}
		begun := strings.Join(lines[:i+1], "\n") + "\n"
		add := func(how, end string) { list = append(list, Variant{said, how, begun + end}) }
		for _, r := range refusals {
			add(r, "S: "+strings.ReplaceAll(r, "<tag>", tag)+"\nC* "+then)
		}
		add("cut", "X")
		add("mute", "")
		if half := firstHalf(lines[i+1:]); half != "" {
			add("cut in the answer", "S= "+strconv.Quote(half)+"\nX")
		}
	}
	return list
}

// firstHalf returns the first half of the line with which an answer begins, or
// nothing if there is none.
func firstHalf(answer []string) string {
	if len(answer) == 0 {
		return ""
	}
	kind, text, _ := strings.Cut(strings.TrimLeft(answer[0], "\t "), " ")
	if kind != "S:" {
		return ""
	}
	return text[:len(text)/2]
}
