package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// seed makes everything the same every time.
const seed = 20260101

// words are what generated messages are made of.
const words = "harbour lantern copper meadow window signal orchard paper river engine garden letter winter bridge " +
	"compass market violin anchor granite feather kettle island timber ribbon planet saddle mirror ladder pepper canvas"

var people = [...]string{
	"Mira Castell <mira@example.com>", "Tomas Brandt <tomas@example.net>", "Ines Duarte <ines@mail.example.com>",
	"Oleg Saveljev <oleg@example.net>", "=?UTF-8?B?6Zmz5oCh5ZCb?= <yichun@example.com>", "=?UTF-8?Q?J=C3=BCrgen_Wei=C3=9F?= <juergen@example.net>",
	"Priya Nair <priya@example.com>", "Build Robot <builds@ci.example.net>", "\"Reed, Harbour & Co.\" <office@example.com>",
}

// generate puts n messages into a person's inbox, the newest now, each some
// minutes after the one before.
func generate(put func(raw []byte, when time.Time, flags []imap.Flag) error, to string, n int, now time.Time) error {
	rng := rand.New(rand.NewPCG(seed, uint64(n)))
	list := strings.Fields(words)
	g := generator{rng: rng, words: list, to: to}
	for i := range n {
		when := now.Add(-time.Duration(n-i) * 7 * time.Minute)
		if err := put(g.message(i, when), when, g.flags()); err != nil {
			return err
		}
	}
	return nil
}

type generator struct {
	rng   *rand.Rand
	words []string
	to    string
}

func (g *generator) word() string { return g.words[g.rng.IntN(len(g.words))] }

// phrase returns n words, the first with a capital.
func (g *generator) phrase(n int) string {
	var b strings.Builder
	for i := range n {
		w := g.word()
		if i == 0 {
			w = strings.ToUpper(w[:1]) + w[1:]
		} else {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	return b.String()
}

// flags returns those of a message: most were read.
func (g *generator) flags() []imap.Flag {
	var f []imap.Flag
	if g.rng.IntN(10) > 0 {
		f = append(f, imap.FlagSeen)
	}
	if g.rng.IntN(40) == 0 {
		f = append(f, imap.FlagFlagged)
	}
	if g.rng.IntN(20) == 0 {
		f = append(f, imap.FlagAnswered)
	}
	return f
}

// message writes the i-th message. Every third answers an earlier one, every
// tenth has an attachment, every twelfth is not in English.
func (g *generator) message(i int, when time.Time) []byte {
	b := make([]byte, 0, 1024)
	subject, parent := g.phrase(2+g.rng.IntN(5)), -1
	if i > 10 && i%3 == 0 {
		parent = i - 1 - g.rng.IntN(10)
	}
	if i%12 == 5 {
		subject = [...]string{"Отчёт за неделю", "会议纪要", "来週の予定", "تقرير الأسبوع", "דוח שבועי", "🎉 👩‍🚀 Ångström"}[g.rng.IntN(6)] + " " + subject
	}
	b = fmt.Appendf(b, "Message-ID: <gen.%d@example.com>\r\nDate: %s\r\nFrom: %s\r\nTo: %s\r\n", i, when.Format(time.RFC1123Z), people[g.rng.IntN(len(people))], g.to)
	if parent >= 0 {
		b = fmt.Appendf(b, "In-Reply-To: <gen.%d@example.com>\r\nReferences: <gen.%d@example.com>\r\n", parent, parent)
		subject = "Re: " + subject
	}
	b = fmt.Appendf(b, "Subject: %s\r\nMIME-Version: 1.0\r\n", header(subject, "utf-8"))
	if i%10 == 7 {
		return g.attached(b, i)
	}
	b = append(b, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"...)
	return g.body(b)
}

func (g *generator) body(b []byte) []byte {
	for range 2 + g.rng.IntN(6) {
		b = append(b, g.phrase(6+g.rng.IntN(6))...)
		b = append(b, ".\r\n"...)
	}
	return b
}

func (g *generator) attached(b []byte, i int) []byte {
	b = fmt.Appendf(b, "Content-Type: multipart/mixed; boundary=part%d\r\n\r\n--part%d\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n", i, i)
	b = g.body(b)
	b = fmt.Appendf(b, "--part%d\r\nContent-Type: text/csv; name=%s.csv\r\nContent-Disposition: attachment; filename=%s.csv\r\n\r\n", i, g.word(), g.word())
	for j := range 3 {
		b = fmt.Appendf(b, "%d,%s,%d\r\n", j, g.word(), g.rng.IntN(1000))
	}
	return fmt.Appendf(b, "--part%d--\r\n", i)
}
