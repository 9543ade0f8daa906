package mail

// A Quota is how much room an account has, in octets or in messages.
type Quota struct {
	Used, Limit int64 // Limit is 0 where there is none
}

// Percent returns how full it is, 0 where there is no limit.
func (q Quota) Percent() int {
	if q.Limit <= 0 || q.Used < 0 {
		return 0
	}
	return int(float64(q.Used) / float64(q.Limit) * 100)
}
