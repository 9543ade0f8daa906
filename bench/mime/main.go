// Command mime measures how fast messages are read: each message of a folder is
// parsed and laid out, and parsed by enmime beside that. It takes the folders as
// arguments, and prints a table.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jhillyerd/enmime/v2"

	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/render"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "mime:", err)
		os.Exit(1)
	}
}

// A letter is one message of the collection.
type letter struct {
	name string
	raw  []byte
}

func run(folders []string) error {
	letters, octets, err := read(folders)
	if err != nil {
		return err
	}
	fmt.Printf("%d messages, %.1f MB\n", len(letters), float64(octets)/1e6)
	fmt.Println("| what | all | half within | 95 % within | longest |")
	fmt.Println("| --- | --- | --- | --- | --- |")
	both := slices.DeleteFunc(slices.Clone(letters), func(l letter) bool { return filepath.Base(l.name) == endless })
	measure("parsed", both, func(raw []byte) { decode(message.Parse(raw)) })
	measure("parsed by enmime", both, func(raw []byte) { enmime.ReadEnvelope(bytes.NewReader(raw)) }) // what it cannot read took its time
	for _, body := range []string{"text/plain", "text/html"} {
		measure("parsed and laid out, as "+body, letters, func(raw []byte) {
			render.Message(message.Parse(raw), render.Options{Width: 72, Body: body})
		})
	}
	return nil
}

// endless is the message with which enmime does not end: it is nested very deeply.
const endless = "bomb-depth.eml"

// decode decodes what enmime decodes when it parses: all there is.
func decode(m *message.Message) {
	m.Root.Walk(func(p *mail.Part) bool {
		switch {
		case p.IsMultipart():
		case p.IsText():
			m.Text(p.Path)
		default:
			m.Body(p.Path)
		}
		return true
	})
}

// maxSize bounds the octets of a message.
const maxSize = 64 << 20

// read reads the messages in folders. Other files are read as messages too: any
// file can be one.
func read(folders []string) (list []letter, octets int64, err error) {
	for _, dir := range folders {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			if i, err := d.Info(); err != nil || i.Size() > maxSize {
				return err
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			list, octets = append(list, letter{path, raw}), octets+int64(len(raw))
			return nil
		})
		if err != nil {
			return nil, 0, err
		}
	}
	if len(list) == 0 {
		return nil, 0, errors.New("no messages; usage: mime FOLDER…")
	}
	return list, octets, nil
}

// rounds is how often each message is done. The shortest time counts: what else
// runs on the machine only ever adds to it.
const rounds = 3

func measure(name string, letters []letter, do func([]byte)) {
	took := make([]time.Duration, len(letters))
	for round := range rounds {
		for i, l := range letters {
			start := time.Now()
			do(l.raw)
			if d := time.Since(start); round == 0 || d < took[i] {
				took[i] = d
			}
		}
	}
	sum, longest, octets := time.Duration(0), 0, 0
	for i, d := range took {
		octets += len(letters[i].raw)
		if sum += d; d > took[longest] {
			longest = i
		}
	}
	slowest, sorted := took[longest], slices.Sorted(slices.Values(took))
	ms := func(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/1e6) }
	fmt.Printf("| %s | %.0f MB/s | %s | %s | %s (%s) |\n", name, float64(octets)/sum.Seconds()/1e6,
		ms(sorted[len(sorted)/2]), ms(sorted[len(sorted)*95/100]), ms(slowest), filepath.Base(letters[longest].name))
}
