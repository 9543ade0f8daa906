package demo

import (
	"fmt"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
)

// benGenerated bounds the generated messages in the drop, which is emptied over a
// line.
const benGenerated = 50

// fill puts the sample mail, or generated mail, where it belongs.
func fill(ann *imapUser, ben *drop, o Options) error {
	if o.Messages == 0 {
		return fillSamples(ann, ben, o.Now)
	}
	err := generate(func(raw []byte, when time.Time, flags []imap.Flag) error {
		return ann.put("INBOX", raw, when, flags...)
	}, annName+" <"+annAddr+">", o.Messages, o.Now)
	if err != nil {
		return err
	}
	return generate(func(raw []byte, _ time.Time, _ []imap.Flag) error { return ben.deliver(raw) },
		benName+" <"+benAddr+">", min(o.Messages, benGenerated), o.Now)
}

// A sample is a message on its way into a folder of Ann's, or into the drop.
type sample struct {
	box   string
	raw   []byte
	when  time.Time
	flags []imap.Flag
}

// benBox is the name of the drop among the folders.
const benBox = "ben"

// fillSamples puts the sample mail into both mailboxes, the oldest first.
func fillSamples(ann *imapUser, ben *drop, now time.Time) error {
	samples, err := readSamples(now)
	if err != nil {
		return err
	}
	for _, s := range samples {
		if s.box == benBox {
			err = ben.deliver(s.raw)
		} else {
			err = ann.file(s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func readSamples(now time.Time) ([]sample, error) {
	list, err := readLetters(now)
	if err != nil {
		return nil, err
	}
	samples := hostile(now)
	for _, l := range list {
		raw, err := l.raw()
		if err != nil {
			return nil, fmt.Errorf("letter %s: %w", l.id, err)
		}
		for _, box := range l.boxes {
			samples = append(samples, sample{box, raw, l.when, l.flags})
		}
	}
	slices.SortStableFunc(samples, func(a, b sample) int { return a.when.Compare(b.when) })
	return samples, nil
}

// file puts a sample into its folder, and makes that if it is not there.
func (u *imapUser) file(s sample) error {
	if !u.has(s.box) {
		if err := u.create(s.box, &imap.CreateOptions{}); err != nil {
			return err
		}
	}
	return u.put(s.box, s.raw, s.when, s.flags...)
}
