// Package turn numbers questions, so that an answer that another one has
// overtaken is known.
package turn

// A Turn numbers questions from 1. The zero Turn is ready.
type Turn struct{ asked, shown int }

// Ask returns the number of a new question.
func (t *Turn) Ask() int {
	t.asked++
	return t.asked
}

// Last returns the number of the last question, or 0.
func (t Turn) Last() int { return t.asked }

// Take reports whether an answer is newer than the last one that was taken, and
// takes it.
func (t *Turn) Take(n int) bool {
	if n <= t.shown {
		return false
	}
	t.shown = n
	return true
}

// Forget has no answer taken to what was asked so far.
func (t *Turn) Forget() { t.shown = t.asked }
