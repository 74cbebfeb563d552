/// Text as a page bears it: what a producer or a file name holds cannot become a tag, an attribute or a script.
enum Markup {
    /// The text with `&`, `<`, `>`, and both quotes spelled out, and control characters shown.
    static func escape(_ text: String) -> String {
        var result = ""
        for scalar in TerminalText.harmless(text).unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A table; the cells are escaped, columns but the first stand to the right.
    static func table(_ head: [String], _ rows: [[String]]) -> String {
        var text = "<div class=\"scroll\"><table><thead><tr>"
        for cell in head { text += "<th>\(escape(cell))</th>" }
        text += "</tr></thead><tbody>\n"
        for row in rows {
            text += "<tr>"
            for cell in row { text += "<td>\(escape(cell))</td>" }
            text += "</tr>\n"
        }
        return text + "</tbody></table></div>\n"
    }

    /// A legend: a swatch of a class, and what it stands for.
    static func legend(_ entries: [(style: String, text: String)]) -> String {
        "<p class=\"legend\">"
            + entries.map { "<span><i class=\"\($0.style)\"></i>\(escape($0.text))</span>" }.joined(separator: " ")
            + "</p>\n"
    }
}
