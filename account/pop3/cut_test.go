package pop3

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"posthorn/internal/seed"
	"posthorn/mail"
)

// The ways in which servers count a message.
func asCRLF(raw string) int { return len(raw) }
func asLF(raw string) int   { return len(raw) - strings.Count(raw, "\r\n") }
func tooMany(raw string) int {
	return len(raw) + 10
}

// fillOdd puts letters into a server, from a number on. Of each ten two are twins, and
// some have the same size.
func fillOdd(o *odd, from, n int) (raws []string) {
	for i := from; i < from+n; i++ {
		id := i
		if i%10 == 9 {
			id = i - 6
		}
		m := letter{uidl: fmt.Sprint("u", i), raw: fmt.Sprintf("Message-ID: <%02d@x>\r\n\r\n.%s\r\n", id, strings.Repeat("x", id%4))}
		o.letters = append(o.letters, m)
		raws = append(raws, strings.ReplaceAll(m.raw, "\r\n", "\n"))
	}
	return raws
}

// cut has half of a message sent, and behead only its header.
func cut(number int) func(int, string) string {
	return func(n int, text string) string {
		if n != number {
			return text
		}
		return text[:len(text)/2] + "\r\n"
	}
}

func behead(number int) func(int, string) string {
	return func(n int, text string) string {
		if n != number {
			return text
		}
		header, _, _ := strings.Cut(text, "\r\n\r\n")
		return header + "\r\n\r\n"
	}
}

func own(m letter, _ int) string { return m.uidl }

// oddities are the kinds of servers there are.
func oddities() map[string]func() *odd {
	number := func(verb string, n int) func(string, int) bool {
		return func(v string, i int) bool { return v == verb && i == n }
	}
	list := map[string]func() *odd{
		"as it should be":      func() *odd { return &odd{} },
		"without UIDL":         func() *odd { return &odd{uidl: func(letter, int) string { return "" }} },
		"UIDL refused":         func() *odd { return &odd{refused: true} },
		"UIDL refused, no TOP": func() *odd { return &odd{refused: true, noTop: true} },
		"UIDL repeated":        func() *odd { return &odd{uidl: func(_ letter, n int) string { return fmt.Sprint("u", n%3) }} },
		"UIDL the number":      func() *odd { return &odd{uidl: func(_ letter, n int) string { return fmt.Sprint(n) }} },
		"UIDL reused":          func() *odd { return &odd{uidl: func(_ letter, n int) string { return fmt.Sprint("p", n) }} },
		"UIDL reused, no TOP": func() *odd {
			return &odd{noTop: true, uidl: func(_ letter, n int) string { return fmt.Sprint("p", n) }}
		},
		"counts LF":                     func() *odd { return &odd{size: asLF} },
		"counts LF, without UIDL":       func() *odd { return &odd{size: asLF, refused: true} },
		"no TOP":                        func() *odd { return &odd{noTop: true} },
		"blank line before answers":     func() *odd { return &odd{blank: true} },
		"writes Status":                 func() *odd { return &odd{written: "Status: RO\r\nX-UID: 7\r\n"} },
		"writes Status, no TOP":         func() *odd { return &odd{written: "Status: RO\r\n", noTop: true} },
		"writes Status, without UIDL":   func() *odd { return &odd{written: "Status: RO\r\n", refused: true} },
		"refuses RETR 7":                func() *odd { return &odd{refuse: number("RETR", 7)} },
		"refuses RETR 7, without UIDL":  func() *odd { return &odd{refused: true, refuse: number("RETR", 7)} },
		"refuses DELE 4":                func() *odd { return &odd{refuse: number("DELE", 4)} },
		"refuses DELE 4, without UIDL":  func() *odd { return &odd{refused: true, refuse: number("DELE", 4)} },
		"is short of one":               func() *odd { return &odd{cutOff: cut(5)} },
		"is short of one, counts LF":    func() *odd { return &odd{size: asLF, cutOff: cut(1)} },
		"is short of one, without UIDL": func() *odd { return &odd{refused: true, cutOff: behead(5)} },
		"counts too many":               func() *odd { return &odd{size: tooMany} },
		"counts too many, without UIDL": func() *odd { return &odd{size: tooMany, refused: true} },
	}
	for name, make := range list {
		list[name] = func() *odd {
			o := make()
			if o.uidl == nil {
				o.uidl = own
			}
			if o.size == nil {
				o.size = asCRLF
			}
			return o
		}
	}
	return list
}

// few letters are enough for each oddity and for twins. The work grows with the
// square of their number: a session for each octet of a session.
const few = 12

// A session with a server of any kind is cut at any octet in either direction. New
// mail comes, and a session with the same server, as kind as it can be, is whole.
// Then every message is here just once and gone there; but for those that came
// incomplete, of which what came is here, with a mark, and which are still there.
func TestCutAnywhere(t *testing.T) {
	for name, kind := range oddities() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := kind()
			fillOdd(o, 0, few)
			h := newHouse()
			_, whole, err := fetch(t.Context(), o, h, h, -1, -1)
			if err != nil {
				t.Fatal(err)
			}
			step, rng := 1, seed.Rand(t, 0)
			if testing.Short() {
				step = 40
			}
			for at := rng.IntN(step); at < whole[0]+whole[1]; at += 1 + rng.IntN(2*step-1) {
				in, out := at, -1
				if at >= whole[0] {
					in, out = -1, at-whole[0]
				}
				cutAt(t, kind(), in, out)
			}
			cutAt(t, kind(), -1, -1)
		})
	}
}

func cutAt(t *testing.T, o *odd, in, out int) {
	t.Helper()
	want := fillOdd(o, 0, few)
	h := newHouse()
	fetch(t.Context(), o, h, h, in, out)
	want = append(want, fillOdd(o, few, 3)...)
	o.refuse, o.cutOff = nil, nil
	if _, _, err := fetch(t.Context(), o, h, h, -1, -1); err != nil {
		t.Fatalf("cut at %d, %d, the next session fails: %v", in, out, err)
	}
	var got []string
	marked := 0
	for _, raw := range h.mail {
		if strings.HasPrefix(raw, mail.IncompleteField+": ") {
			marked++
			continue
		}
		got = append(got, strings.NewReplacer("Status: RO\n", "", "X-UID: 7\n", "").Replace(raw))
	}
	for _, m := range o.letters {
		got = append(got, strings.ReplaceAll(m.raw, "\r\n", "\n")) // what is left there came incomplete
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("cut at %d, %d there are %d messages of %d, %d of them on the server:\n%q", in, out, len(got), len(want), len(o.letters), got)
	}
	if marked != len(o.letters) || len(h.notes) != marked {
		t.Fatalf("cut at %d, %d, %d messages are left on the server, %d are here with a mark, and %d are noted", in, out, len(o.letters), marked, len(h.notes))
	}
}
