package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// event is a line of go test -json, as go doc test2json describes it.
type event struct {
	Action, Package, Test, Output string
}

// report makes the usual text of go test of its events.
type report struct {
	out      io.Writer
	running  map[string]*tested  // by package
	leftOut  map[string][]string // names of tests, by the reason
	heldBack map[string][]string // the same, by the id of the fault
}

// tested is what is known of a package whose tests are not at their end.
type tested struct {
	printed []event
	became  map[string]string // by test: "run", "pass", "fail" or "skip"
}

func newReport(out io.Writer) *report {
	return &report{out, map[string]*tested{}, map[string][]string{}, map[string][]string{}}
}

// line takes a line of go test's. What is no event is shown as it is.
func (r *report) line(line []byte) {
	var e event
	if line = bytes.TrimSuffix(line, []byte("\n")); json.Unmarshal(line, &e) != nil {
		fmt.Fprintf(r.out, "%s\n", line)
		return
	}
	switch {
	case e.Action == "build-output":
		io.WriteString(r.out, e.Output)
	case e.Package == "":
	case e.Action == "output":
		r.of(e.Package).printed = append(r.of(e.Package).printed, e)
	case e.Test == "" && (e.Action == "pass" || e.Action == "fail" || e.Action == "skip"):
		r.ends(e.Package, e.Action == "fail")
	case e.Test != "":
		r.of(e.Package).step(e)
		if e.Action == "skip" {
			r.skipped(e)
		}
	}
}

func (r *report) of(name string) *tested {
	if r.running[name] == nil {
		r.running[name] = &tested{became: map[string]string{}}
	}
	return r.running[name]
}

func (p *tested) step(e event) {
	switch e.Action {
	case "run", "pass", "fail", "skip":
		p.became[e.Test] = e.Action
	}
}

// ends shows what is to be shown of a package: its line if it passed; if not, what
// its failing tests printed; and everything if it is not known which tests failed.
func (r *report) ends(name string, failed bool) {
	p := r.of(name)
	delete(r.running, name)
	for _, e := range p.printed {
		var show bool
		switch {
		case !failed:
			show = e.Test == "" && (strings.HasPrefix(e.Output, "ok  \t") || strings.HasPrefix(e.Output, "?   \t"))
		case p.whole():
			show = true
		default:
			show = (e.Test == "" || p.became[e.Test] == "fail") && !strings.HasPrefix(e.Output, "=== ")
		}
		if show {
			io.WriteString(r.out, e.Output)
		}
	}
}

// whole reports whether a package failed otherwise than by a test that came to
// its end and failed.
func (p *tested) whole() bool {
	became := slices.Collect(maps.Values(p.became))
	return slices.Contains(became, "run") || !slices.Contains(became, "fail")
}

// held matches what knownfault.Held says of a test.
var held = regexp.MustCompile(`^known fault (\S+)$`)

func (r *report) skipped(e event) {
	why, test := reason(r.of(e.Package).printed, e.Test), e.Package+": "+e.Test
	if m := held.FindStringSubmatch(why); m != nil {
		r.heldBack[m[1]] = append(r.heldBack[m[1]], test)
	} else {
		r.leftOut[why] = append(r.leftOut[why], test)
	}
}

// logged matches the beginning of what a test logs.
var logged = regexp.MustCompile(`^\s*\S+\.go:\d+: `)

// reason returns what a test logged last, in one line.
func reason(printed []event, test string) string {
	var words []string
	for _, e := range printed {
		if e.Test != test || strings.HasPrefix(e.Output, "=== ") || strings.HasPrefix(strings.TrimSpace(e.Output), "--- ") {
			continue
		}
		begin := logged.FindString(e.Output)
		if begin != "" {
			words = nil
		}
		words = append(words, strings.Fields(e.Output[len(begin):])...)
	}
	if len(words) == 0 {
		return "no reason given"
	}
	return strings.TrimPrefix(strings.Join(words, " "), "left out: ") // the heading says it
}

// rest shows what has not come to its end.
func (r *report) rest() {
	for _, name := range slices.Sorted(maps.Keys(r.running)) {
		r.ends(name, true)
	}
}

// end shows what was left out.
func (r *report) end() {
	list(r.out, "left out", r.leftOut)
	list(r.out, "held as known faults", r.heldBack)
}

func list(out io.Writer, what string, tests map[string][]string) {
	n := 0
	for _, names := range tests {
		n += len(names)
	}
	if n == 0 {
		return
	}
	fmt.Fprintf(out, "\n%s: %s\n", what, count(n))
	for _, why := range slices.Sorted(maps.Keys(tests)) {
		fmt.Fprintf(out, "  %s: %s\n", why, count(len(tests[why])))
		for _, name := range slices.Sorted(slices.Values(tests[why])) {
			fmt.Fprintf(out, "    %s\n", name)
		}
	}
}

func count(n int) string {
	if n == 1 {
		return "1 test"
	}
	return fmt.Sprintf("%d tests", n)
}
