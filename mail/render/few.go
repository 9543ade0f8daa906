package render

import (
	"fmt"
	"slices"
)

// maxFew bounds the texts of a list.
const maxFew = 20

// few is a list of different texts, of which the first are kept and the others
// counted.
type few struct {
	list []string
	more map[string]bool
}

func (f *few) add(text string) {
	switch {
	case slices.Contains(f.list, text):
	case len(f.list) < maxFew:
		f.list = append(f.list, text)
	default:
		if f.more == nil {
			f.more = map[string]bool{}
		}
		f.more[text] = true
	}
}

// all returns the texts. The last one says how many others there were of what it
// calls them.
func (f *few) all(them string) []string {
	if len(f.more) == 0 {
		return f.list
	}
	return append(slices.Clone(f.list), fmt.Sprintf("and %d more %s", len(f.more), them))
}
