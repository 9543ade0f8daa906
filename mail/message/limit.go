package message

import "fmt"

// A Bounded is what a bound of this package counts.
type Bounded int

// What is bounded.
const (
	HeaderOctets Bounded = iota // octets of a header that were not read
	Addresses                   // addresses of a field
	References                  // ids of a field
	Parameters                  // parameters of a field
	Parts                       // parts of a multipart that are not in the tree
	Depth                       // parts that were not looked into as they lie too deep
	Opened                      // octets that would have to be decoded to look into a part
)

// A Limit says that a bound cut something off: Left of what Of names, in the
// part with a path. The path of the message's own header is empty.
type Limit struct {
	Of   Bounded
	Path string
	Left int
}

// String says it to a person.
func (l Limit) String() string {
	switch l.Of {
	case HeaderOctets:
		return fmt.Sprintf("the header is too long; its last %d octets are not shown", l.Left)
	case Addresses:
		return fmt.Sprintf("the message names too many addresses; %d are not shown", l.Left)
	case References:
		return fmt.Sprintf("the message names too many others that it answers; %d are left out", l.Left)
	case Parameters:
		return fmt.Sprintf("a part is described by too many words; %d are left out", l.Left)
	case Parts:
		return fmt.Sprintf("the message has too many parts; %d are not shown", l.Left)
	case Depth:
		return fmt.Sprintf("the message is nested too deeply; %d parts are not looked into", l.Left)
	}
	return fmt.Sprintf("a part of %d octets is too large to be looked into", l.Left)
}

// maxLimits bounds the list itself: of limits of one kind, the last takes what
// the others would say.
const maxLimits = 100

// limits collects what was cut off.
type limits struct{ list []Limit }

func (l *limits) note(of Bounded, path string, left int) {
	if left <= 0 {
		return
	}
	for i := range l.list {
		if x := &l.list[i]; x.Of == of && (x.Path == path || len(l.list) >= maxLimits) {
			x.Left += left
			return
		}
	}
	l.list = append(l.list, Limit{of, path, left})
}
