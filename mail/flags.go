package mail

import "strings"

// Flags are the system flags of RFC 9051, section 2.3.2, and the keywords that
// have a fixed meaning everywhere. Other keywords travel as strings.
type Flags uint16

// The flags that Posthorn knows by name.
const (
	Seen Flags = 1 << iota
	Answered
	Flagged // shown as a star
	Deleted
	Draft
	Forwarded   // $Forwarded
	Junk        // $Junk
	NotJunk     // $NotJunk
	ReceiptSent // $MDNSent
)

// flagNames are the names that the command line and JSON use, in bit order.
var flagNames = [...]string{"seen", "answered", "starred", "deleted", "draft", "forwarded", "junk", "notjunk", "receipt-sent"}

// Has reports whether every flag of g is set.
func (f Flags) Has(g Flags) bool { return f&g == g }

// Names returns the flags' names in a fixed order, never nil.
func (f Flags) Names() []string {
	names := make([]string, 0, 2)
	for i, n := range flagNames {
		if f&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

// String returns the names joined by commas.
func (f Flags) String() string { return strings.Join(f.Names(), ",") }

// ParseFlag returns the flag with a name that [Flags.Names] gives.
func ParseFlag(name string) (Flags, bool) {
	for i, n := range flagNames {
		if strings.EqualFold(n, name) {
			return 1 << i, true
		}
	}
	return 0, false
}
