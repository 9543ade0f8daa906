package render

import "golang.org/x/net/html/atom"

// styleOf returns how an element's text looks.
func styleOf(tag atom.Atom) Style {
	switch tag {
	case atom.B, atom.Strong:
		return Bold
	case atom.I, atom.Em, atom.Cite, atom.Var, atom.Dfn:
		return Italic
	case atom.U, atom.Ins:
		return Underline
	case atom.S, atom.Strike, atom.Del:
		return Strike
	case atom.Code, atom.Tt, atom.Kbd, atom.Samp, atom.Pre:
		return Code
	case atom.Small:
		return Dim
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return Bold | Heading
	}
	return 0
}

// isBlock reports whether an element stands on lines of its own.
func isBlock(tag atom.Atom) bool {
	switch tag {
	case atom.Div, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Main, atom.Nav, atom.Aside, atom.Center, atom.Address,
		atom.Form, atom.Fieldset, atom.Legend, atom.Figure, atom.Figcaption, atom.Dl, atom.Dt, atom.Dd, atom.Ul, atom.Ol, atom.Li, atom.Menu, atom.Dir,
		atom.Table, atom.Tr, atom.Tbody, atom.Thead, atom.Tfoot, atom.Caption, atom.Td, atom.Th, atom.Body, atom.Html, atom.Details, atom.Summary,
		atom.P, atom.Blockquote, atom.Pre, atom.Xmp, atom.Listing, atom.Plaintext, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Hr:
		return true
	}
	return false
}

// endsParagraph reports whether an element closes a paragraph that is open.
func endsParagraph(tag atom.Atom) bool { return isBlock(tag) && !partOfTable(tag) }

// partOfTable reports whether an element stands directly in a table or its rows.
func partOfTable(tag atom.Atom) bool {
	return structural(tag) && tag != atom.Table || tag == atom.Td || tag == atom.Th || tag == atom.Caption
}

// isScope reports whether an element keeps end tags within it from those around
// it.
func isScope(tag atom.Atom) bool {
	switch tag {
	case atom.Table, atom.Td, atom.Th, atom.Caption, atom.Html, atom.Object, atom.Template, atom.Button:
		return true
	}
	return false
}

// isVoid reports whether an element holds nothing.
func isVoid(tag atom.Atom) bool {
	switch tag {
	case atom.Br, atom.Hr, atom.Img, atom.Wbr, atom.Input, atom.Area, atom.Base, atom.Col, atom.Embed, atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Frame:
		return true
	}
	return false
}

// unseen reports whether nothing in an element is text to be read.
func unseen(tag atom.Atom) bool {
	switch tag {
	case atom.Style, atom.Script, atom.Template, atom.Title, atom.Iframe, atom.Noframes, atom.Noembed, atom.Object, atom.Applet, atom.Select, atom.Datalist,
		atom.Textarea, atom.Svg, atom.Math, atom.Audio, atom.Video, atom.Canvas:
		return true
	}
	return false
}
