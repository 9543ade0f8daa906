package carrier

import "fmt"

// leftovers are what stays in the drop, and why.
type leftovers struct {
	no        []error // what the server would not do for a message
	short     []error // that messages came incomplete
	wholes    int     // messages that were new and whole
	toldShort bool    // an earlier session told of incomplete messages
}

func (l *leftovers) refused(err error)    { l.no = append(l.no, err) }
func (l *leftovers) incomplete(err error) { l.short = append(l.short, err) }
func (l *leftovers) whole(yes bool) {
	if yes {
		l.wholes++
	}
}

// always is from how many messages on a server that has only incomplete ones is
// taken to count octets in a way of its own.
const always = 2

// told returns what is to be told of what stays.
func (l *leftovers) told() []error {
	list := l.refusals()
	if err := l.incompletes(); err != nil {
		list = append(list, err)
	}
	return list
}

// maxTold bounds how many refusals are told one by one.
const maxTold = 3

func (l *leftovers) refusals() (list []error) {
	for i, err := range l.no {
		if i == maxTold {
			list = append(list, fmt.Errorf("%d more stay on the server for such reasons", len(l.no)-i))
			break
		}
		list = append(list, fmt.Errorf("a message stays on the server: %w", err))
	}
	return list
}

// incompletes tells of messages that came incomplete: of a server on which all are,
// once.
func (l *leftovers) incompletes() error {
	switch n := len(l.short); {
	case n == 0, l.wholes == 0 && l.toldShort:
		return nil
	case n >= always && l.wholes == 0:
		return fmt.Errorf("all %d messages came incomplete, so perhaps the server does not count them right; they are shown, and stay on the server: %w", n, l.short[0])
	case n > 1:
		return fmt.Errorf("%d messages came incomplete; what came is shown, and they stay on the server: %w", n, l.short[0])
	}
	return fmt.Errorf("a message came incomplete; what came is shown, and it stays on the server: %w", l.short[0])
}
