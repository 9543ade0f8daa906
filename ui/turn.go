package ui

// A turn numbers questions from 1, so that an answer that another one has
// overtaken is known.
type turn struct{ asked, shown int }

// ask returns the number of a new question.
func (t *turn) ask() int {
	t.asked++
	return t.asked
}

// take reports whether an answer is newer than the last one that was taken, and
// takes it.
func (t *turn) take(n int) bool {
	if n <= t.shown {
		return false
	}
	t.shown = n
	return true
}

// forget has no answer taken to what was asked so far.
func (t *turn) forget() { t.shown = t.asked }
