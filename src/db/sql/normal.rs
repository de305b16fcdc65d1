//! What is left of a file when comments and layout are taken away: two files that leave the same do the same.

use super::token::{Kind, Mode, token};

/// The tokens of a text with one blank between them; texts and quoted names as they are, except that a line end
/// within them is `\n`.
pub fn normal(text: &str) -> String {
    let unified = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let bytes = unified.as_bytes();
    let mut mode = Mode::default();
    let mut result = String::new();
    let mut at = 0;
    while at < bytes.len() {
        let before = mode.clone();
        let (kind, end) = token(&mut mode, true, bytes, at);
        let token = unified.get(at..end).unwrap_or_default();
        at = end;
        match (kind, before) {
            (Kind::Space | Kind::Comment, _) => {}
            // The quote behind which a text goes on on a further line comes with the blanks before it.
            (Kind::Quoted, Mode::Stop(_)) if token.trim_start().len() < token.len() => {
                result.push_str("\n' ");
            }
            _ => {
                result.push_str(token);
                result.push(' ');
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn comments_and_layout_do_not_count_and_texts_do() {
        let plain = normal("create table a (b text default '-- no');");
        let laid_out = "\u{feff}-- note\r\ncreate table a (\r\n  /* why */ b text\tdefault '-- no'\n);\r\n";
        assert_eq!(normal(laid_out), plain);
        assert_ne!(normal("select 'a  b'"), normal("select 'a b'"));
        assert_ne!(normal("select 1"), normal("select1"));
        assert_eq!(normal("select 1; -- done"), normal("select 1;"));
        assert_ne!(normal("select 'a'\n'b'"), normal("select 'a' 'b'"));
    }
}
