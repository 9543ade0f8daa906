package client

import (
	"strconv"
	"strings"

	"posthorn/mail"
	"posthorn/mail/message"
)

// The bounds of a BODYSTRUCTURE: how deep it is read, and how many parts of it. Those
// beyond are left out.
const (
	maxStructure = 60
	maxParts     = 20000
)

// parseStructure reads a BODYSTRUCTURE (RFC 9051, section 7.5.2) and numbers its
// parts as sections.
func parseStructure(r *Response) *mail.Part {
	left := maxParts
	p := parseBody(r, 0, &left)
	if p == nil {
		return nil
	}
	if p.IsMultipart() {
		number(p, "")
	} else {
		p.Path = "1"
		numberNested(p)
	}
	return p
}

// number gives the parts of a multipart their paths.
func number(p *mail.Part, path string) {
	p.Path = path
	for i, c := range p.Parts {
		sub := strconv.Itoa(i + 1)
		if path != "" {
			sub = path + "." + sub
		}
		if c.IsMultipart() {
			number(c, sub)
			continue
		}
		c.Path = sub
		numberNested(c)
	}
}

// numberNested gives the message within a message its paths.
func numberNested(p *mail.Part) {
	if len(p.Parts) != 1 {
		return
	}
	in := p.Parts[0]
	if in.IsMultipart() {
		number(in, p.Path)
		return
	}
	in.Path = p.Path + ".1"
	numberNested(in)
}

// parseBody reads a part and those below it, at most left.
func parseBody(r *Response, depth int, left *int) *mail.Part {
	r.space()
	if depth > maxStructure || *left == 0 || !r.take('(') {
		r.skip()
		return nil
	}
	*left--
	r.space()
	if r.peek() == '(' || r.peek() == ')' {
		return parseMultipart(r, depth, left)
	}
	return parseLeaf(r, depth, left)
}

func parseMultipart(r *Response, depth int, left *int) *mail.Part {
	p := &mail.Part{}
	for r.space(); r.peek() == '('; r.space() {
		if c := parseBody(r, depth+1, left); c != nil {
			p.Parts = append(p.Parts, c)
		}
	}
	sub, _ := r.text()
	if sub == "" && len(p.Parts) == 0 { // nothing in parentheses
		r.rest()
		return nil
	}
	p.Type = lower("multipart/" + sub)
	p.Params = parseParams(r)
	parseDisposition(r, p)
	r.rest()
	return p
}

func parseLeaf(r *Response, depth int, left *int) *mail.Part {
	p := &mail.Part{}
	main, _ := r.text()
	if r.space(); r.peek() == '(' && main != "" { // a multipart without parts
		p.Type, p.Params = lower("multipart/"+main), parseParams(r)
		parseDisposition(r, p)
		r.rest()
		return p
	}
	sub, _ := r.text()
	p.Type = mediaType(main, sub)
	p.Params = parseParams(r)
	id, _ := r.text()
	if id != "" {
		p.ContentID = message.MessageID(id)
	}
	description, _ := r.text()
	p.Description = message.DecodeWords(description)
	encoding, _ := r.text()
	p.Encoding = message.TransferEncoding(encoding)
	p.Size = r.number()
	switch {
	case p.Type == "message/rfc822" || p.Type == "message/global":
		if r.space(); r.peek() == '(' {
			r.skip() // its envelope
			if in := parseBody(r, depth+1, left); in != nil {
				p.Parts = []*mail.Part{in}
			}
			r.number()
		}
	case strings.HasPrefix(p.Type, "text/"):
		r.number() // its lines
	}
	if r.space(); r.peek() != ')' {
		r.text() // its MD5
	}
	parseDisposition(r, p)
	r.rest()
	if p.Name == "" {
		p.Name = message.DecodeWords(p.Params["name"])
	}
	return p
}

func mediaType(main, sub string) string {
	switch {
	case strings.EqualFold(main, "text") && strings.EqualFold(sub, "plain"):
		return "text/plain"
	case strings.EqualFold(main, "text") && strings.EqualFold(sub, "html"):
		return "text/html"
	case main == "" || sub == "":
		return "application/octet-stream"
	}
	return lower(main + "/" + sub)
}

func lower(s string) string {
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'Z' {
			return strings.ToLower(s)
		}
	}
	return s
}

// parseParams reads parameters; those of RFC 2231 are joined and decoded as the
// parser of messages does it.
func parseParams(r *Response) map[string]string {
	r.space()
	if r.peek() != '(' {
		if r.peek() != ')' {
			r.text()
		}
		return nil
	}
	params, extended := map[string]string{}, false
	r.list(func() {
		k, _ := r.text()
		v, _ := r.text()
		k = lower(k)
		extended = extended || strings.Contains(k, "*")
		if k != "" {
			params[k] = v
		}
	})
	if !extended {
		return params
	}
	var b strings.Builder
	for k, v := range params {
		b.WriteString(`;` + k + `="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`)
	}
	_, params = message.ParseParams("x" + b.String())
	return params
}

// parseDisposition reads a disposition with its parameters.
func parseDisposition(r *Response, p *mail.Part) {
	r.space()
	if !r.take('(') {
		if r.peek() != ')' {
			r.text()
		}
		return
	}
	value, _ := r.text()
	kind, params := message.ParseParams(value) // which may be the whole field as an encoded word
	p.Disposition = kind
	for k, v := range parseParams(r) {
		if params[k] == "" {
			params[k] = v
		}
	}
	r.rest()
	p.Name = message.FileNameOf(params, p.Params)
}
