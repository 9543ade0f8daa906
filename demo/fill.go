package demo

import (
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

func fillSamples(ann *imapUser, ben *drop, now time.Time) error {
	return fill(ann, ben, Options{Messages: 300, Now: now})
}
