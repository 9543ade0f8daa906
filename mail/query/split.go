package query

import "posthorn/mail"

// Split takes from a query what no server can be asked for: attachments. Ask is what it
// can be asked for, and of what it finds, look tells by the rows what matches. Ask is nil
// where the rows tell all. Ok is false where that cannot be told apart, as with an
// attachment or a word.
func Split(q mail.Query) (ask, look mail.Query, ok bool) {
	switch {
	case nothing(q):
		return mail.And{}, nil, true
	case !rowOnly(q):
		return q, nil, true
	case byRow(q):
		return nil, q, true
	}
	list, isAnd := q.(mail.And)
	if !isAnd {
		return nil, nil, false
	}
	var asked, looked mail.And
	for _, part := range list {
		a, l, ok := Split(part)
		if !ok {
			return nil, nil, false
		}
		if !nothing(a) {
			asked = append(asked, a)
		}
		if !nothing(l) {
			looked = append(looked, l)
		}
	}
	if len(asked) == 0 {
		return nil, looked, true
	}
	return asked, looked, true
}

// nothing reports whether a query matches everything as there is nothing in it.
func nothing(q mail.Query) bool {
	list, isAnd := q.(mail.And)
	return q == nil || isAnd && len(list) == 0
}

// rowOnly reports whether a query holds what rows alone tell.
func rowOnly(q mail.Query) bool {
	_, is := q.(mail.HasAttachment)
	return is || anyPart(q, rowOnly)
}

// byRow reports whether the rows tell all of a query.
func byRow(q mail.Query) bool {
	t, is := q.(mail.Text)
	beyond := is && (t.Field == mail.AnyText || t.Field == mail.BodyText)
	return !beyond && !anyPart(q, func(q mail.Query) bool { return !byRow(q) })
}

// anyPart reports whether what is true of any of the parts of a query.
func anyPart(q mail.Query, is func(mail.Query) bool) bool {
	var parts []mail.Query
	switch q := q.(type) {
	case mail.And:
		parts = q
	case mail.Or:
		parts = q
	case mail.Not:
		parts = []mail.Query{q.Query}
	}
	for _, part := range parts {
		if is(part) {
			return true
		}
	}
	return false
}
