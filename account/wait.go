package account

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxWait bounds how long a server is left alone because it said so.
const maxWait = 24 * time.Hour

// WaitIn returns for how long a server wants to be left alone by its own words, as
// "come back in 5 minutes", at most a day; zero where they do not say. No protocol has
// a place for it. It makes a pause longer and decides nothing else.
func WaitIn(text string) time.Duration {
	m := regexp.MustCompile(`(?i)\b(?:in|after|for|wait) (\d{1,6}) ?(s|sec|m|min|h|second|minute|hour)s?\b`).FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0
	}
	unit := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour}[strings.ToLower(m[2])[0]]
	return min(time.Duration(n)*unit, maxWait)
}
