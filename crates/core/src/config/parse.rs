//! Tokens to [`Ast`].
//!
//! Owns the grammar. After a fault it goes on with the next statement or block, so that one run
//! finds as many faults as it can; what is faulty is left out of the tree.
//!
//! # Source
//! `spec/config.md` 2.
use crate::config::ast::{
    ActionStatement, Ast, Block, GroupBlock, HostEntry, OwnStatement, PrefixPlace, Statement, Text,
};
use crate::config::diagnostic::Diagnostic;
use crate::config::group::Effect;
use crate::config::lex::{Keyword, Token, TokenKind};

/// The place of a fault that is recorded already.
struct Faulty;

type Parsed<T> = Result<T, Faulty>;

/// Reads a configuration; the faults are in the order of the text.
pub(super) fn parse(tokens: &[Token]) -> (Ast, Vec<Diagnostic>) {
    let mut parser = Parser { tokens, at: 0, faults: Vec::new() };
    let mut blocks = Vec::new();
    while parser.kind() != TokenKind::End {
        match parser.block() {
            Ok(block) => blocks.push(block),
            Err(Faulty) => parser.skip_block(),
        }
    }
    (Ast { blocks }, parser.faults)
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    faults: Vec<Diagnostic>,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> &'a Token {
        self.tokens
            .get(self.at)
            .or(self.tokens.last())
            .expect("the tokens end with one that says so")
    }

    fn kind(&self) -> TokenKind {
        self.peek().kind
    }

    fn advance(&mut self) {
        if self.kind() != TokenKind::End {
            self.at += 1;
        }
    }

    fn at_mark(&self, mark: u8) -> bool {
        self.kind() == TokenKind::Punctuation(mark)
    }

    fn keyword(&self) -> Option<Keyword> {
        match self.kind() {
            TokenKind::Keyword(keyword) => Some(keyword),
            _ => None,
        }
    }

    /// Records that something else was expected here.
    fn fault<T>(&mut self, expected: &str) -> Parsed<T> {
        let token = self.peek();
        let found = match token.kind {
            TokenKind::End => "the end of the file".to_owned(),
            TokenKind::Unterminated => "a quotation without end".to_owned(),
            _ => format!("`{}`", String::from_utf8_lossy(&token.text)),
        };
        let mut diagnostic = Diagnostic::new(
            token.span,
            format!("Near line {}: syntax error", token.line),
            format!("expected {expected}, found {found}"),
        );
        diagnostic.help = self.advice(expected);
        let known = self.faults.last().map(|fault| fault.span);
        if known != Some(token.span) {
            self.faults.push(diagnostic);
        }
        Err(Faulty)
    }

    /// What probably went wrong, from the token and the word before it.
    fn advice(&self, expected: &str) -> Option<String> {
        let token = self.peek();
        let before = self.at.checked_sub(1).map(|at| &self.tokens[at]);
        let before = before.filter(|word| word.kind == TokenKind::Word);
        let holds = |byte: u8| before.is_some_and(|word| word.text.contains(&byte));
        if holds(b'{') || holds(b'}') || token.kind == TokenKind::Word && token.text.contains(&b'}')
        {
            return Some("braces are part of a word: put white space around them".to_owned());
        }
        if expected == "`:`" && holds(b':') {
            return Some(
                "a colon inside a word is part of it: put white space after it".to_owned(),
            );
        }
        let value = expected.starts_with("a ") || expected.starts_with("an ");
        match token.kind {
            TokenKind::Keyword(_) if value => {
                Some("a keyword that is meant as a value needs quotes".to_owned())
            }
            _ => None,
        }
    }

    fn expect(&mut self, mark: u8) -> Parsed<()> {
        if self.at_mark(mark) {
            self.advance();
            return Ok(());
        }
        self.fault(&format!("`{}`", char::from(mark)))
    }

    /// Takes the semicolon of a statement. Without one it is a fault, but the statement counts:
    /// what is wrong with it comes before the fault, and the next one may start here.
    fn end_of_statement(&mut self, expected: &str) {
        if self.at_mark(b';') {
            self.advance();
        } else {
            let _: Parsed<()> = self.fault(expected);
        }
    }

    /// Takes a word or quotation, if one is here.
    fn optional(&mut self) -> Option<Text> {
        let token = self.peek();
        let value = matches!(token.kind, TokenKind::Word | TokenKind::Quoted);
        value.then(|| {
            self.advance();
            text_of(token)
        })
    }

    fn value(&mut self, what: &str) -> Parsed<Text> {
        match self.optional() {
            Some(text) => Ok(text),
            None => self.fault(what),
        }
    }

    /// Takes a value and its semicolon.
    fn single(&mut self, what: &str) -> Parsed<Text> {
        let text = self.value(what)?;
        self.end_of_statement("`;`");
        Ok(text)
    }

    /// Takes any number of values and their semicolon.
    fn list(&mut self) -> Vec<Text> {
        let texts = std::iter::from_fn(|| self.optional()).collect();
        self.end_of_statement("`;` or another value");
        texts
    }

    fn block(&mut self) -> Parsed<Block> {
        let keyword_token = self.peek();
        if keyword_token.kind == TokenKind::Own {
            return Ok(Block::Own(self.own()?));
        }
        let Some(keyword) = self.keyword().filter(|&keyword| starts_block(keyword)) else {
            return self.fault("a block such as `group`");
        };
        self.advance();
        Ok(match keyword {
            Keyword::Group => Block::Group(self.group(text_of(keyword_token))?),
            Keyword::Prefix => self.prefix()?,
            Keyword::NoSsl => {
                let from = self.value("a pattern of host names")?;
                let to = self.single("a pattern of host names")?;
                Block::NoSsl { from, to }
            }
            Keyword::Ignore => Block::Ignore(self.list()),
            Keyword::Database => Block::Database(self.single("a database")?),
            Keyword::Tempdir => Block::Tempdir(self.single("a directory")?),
            Keyword::LockTimeout => Block::LockTimeout(self.single("a number of seconds")?),
            _ => {
                self.end_of_statement("`;`");
                Block::NoCygwinLowercase(text_of(keyword_token))
            }
        })
    }

    /// Takes statements up to the closing brace, going on after faulty ones.
    fn body<T>(&mut self, statement: fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        if let Err(Faulty) = self.expect(b'{') {
            self.find_body()?;
        }
        let mut statements = Vec::new();
        loop {
            if self.at_mark(b'}') {
                self.advance();
                return Ok(statements);
            }
            if self.kind() == TokenKind::End || self.at_glued_brace() {
                let _: Parsed<()> = self.fault("`}`");
                return Ok(statements);
            }
            let start = self.at;
            match statement(self) {
                Ok(statement) => statements.push(statement),
                Err(Faulty) if self.at_new_block() => return Ok(statements),
                Err(Faulty) => self.skip_statement(start),
            }
        }
    }

    /// Goes on after a missing brace, if it is plain where the statements start: one token later,
    /// or here, where the brace is glued to a word or was forgotten.
    fn find_body(&mut self) -> Parsed<()> {
        let later = self.tokens.get(self.at + 1).map(|token| token.kind);
        if later == Some(TokenKind::Punctuation(b'{')) {
            self.at += 2;
            return Ok(());
        }
        match self.keyword() {
            Some(keyword) if !starts_block(keyword) => Ok(()),
            _ => Err(Faulty),
        }
    }

    fn group(&mut self, keyword: Text) -> Parsed<GroupBlock> {
        let name = self.optional();
        let found = self.faults.len();
        let statements = self.body(Self::statement)?;
        Ok(GroupBlock { keyword, name, statements, complete: self.faults.len() == found })
    }

    fn statement(&mut self) -> Parsed<Statement> {
        if self.kind() == TokenKind::Own {
            return Ok(Statement::Own(self.own()?));
        }
        let Some(keyword) = self.keyword().filter(|&keyword| starts_statement(keyword)) else {
            return self.fault("a statement such as `include` or `}`");
        };
        self.advance();
        Ok(match keyword {
            Keyword::Host => Statement::Hosts(self.hosts()?),
            Keyword::Key => Statement::Key(self.single("a key file")?),
            Keyword::Auto => Statement::Auto(self.single("a method")?),
            Keyword::Include => self.patterns(Effect::Include),
            Keyword::Exclude => self.patterns(Effect::Exclude),
            Keyword::Compare => self.patterns(Effect::Compare),
            Keyword::BackupDirectory => Statement::BackupDirectory(self.single("a directory")?),
            Keyword::BackupGenerations => Statement::BackupGenerations(self.single("a number")?),
            _ => Statement::Action(self.body(Self::action_statement)?),
        })
    }

    /// Takes a statement of csync3's own, in which keywords are words like others. It ends with its line.
    fn own(&mut self) -> Parsed<OwnStatement> {
        let line = self.peek().line;
        self.advance();
        let mut words = Vec::new();
        let is_word = |token: &Token| {
            let kind = token.kind;
            let is_word =
                matches!(kind, TokenKind::Word | TokenKind::Quoted | TokenKind::Keyword(_));
            is_word && token.line == line
        };
        while is_word(self.peek()) {
            words.push(text_of(self.peek()));
            self.advance();
        }
        if words.is_empty() {
            return self.fault("a word");
        }
        self.end_of_statement("`;` or another value");
        let name = words.remove(0);
        Ok(OwnStatement { name, values: words })
    }

    fn patterns(&mut self, effect: Effect) -> Statement {
        let patterns = self.list();
        Statement::Patterns { effect, patterns }
    }

    fn hosts(&mut self) -> Parsed<Vec<HostEntry>> {
        let mut hosts = Vec::new();
        let mut slave = false;
        loop {
            if let Some(name) = self.optional() {
                let alias = if self.at_mark(b'@') {
                    self.advance();
                    Some(self.value("a host name")?)
                } else {
                    None
                };
                hosts.push(HostEntry { name, alias, slave });
            } else if self.at_mark(if slave { b')' } else { b'(' }) {
                self.advance();
                slave = !slave;
            } else if slave {
                return self.fault("a host name or `)`");
            } else {
                self.end_of_statement("`;` or another host");
                return Ok(hosts);
            }
        }
    }

    fn action_statement(&mut self) -> Parsed<ActionStatement> {
        let keyword = self.keyword();
        let statement = match keyword {
            Some(Keyword::Pattern | Keyword::Exec | Keyword::Logfile) => None,
            Some(Keyword::DoLocal) => Some(ActionStatement::DoLocal),
            Some(Keyword::DoLocalOnly) => Some(ActionStatement::DoLocalOnly),
            _ => return self.fault("a statement such as `exec` or `}`"),
        };
        self.advance();
        if let Some(statement) = statement {
            self.end_of_statement("`;`");
            return Ok(statement);
        }
        Ok(match keyword {
            Some(Keyword::Pattern) => ActionStatement::Patterns(self.list()),
            Some(Keyword::Exec) => ActionStatement::Commands(self.list()),
            _ => ActionStatement::Logfile(self.single("a file")?),
        })
    }

    fn prefix(&mut self) -> Parsed<Block> {
        let name = self.value("a name")?;
        let places = self.body(Self::place)?;
        Ok(Block::Prefix { name, places })
    }

    fn place(&mut self) -> Parsed<PrefixPlace> {
        if self.keyword() != Some(Keyword::On) {
            return self.fault("`on` or `}`");
        }
        self.advance();
        let hosts = self.value("a pattern of host names")?;
        self.expect(b':')?;
        let path = self.single("an absolute path")?;
        Ok(PrefixPlace { hosts, path })
    }

    /// At a keyword that only stands outside of groups: the block before it was not closed.
    fn at_new_block(&self) -> bool {
        self.keyword().is_some_and(starts_block)
    }

    /// At a word such as `}group`: the block ends here, though it is not said so.
    fn at_glued_brace(&self) -> bool {
        self.kind() == TokenKind::Word && self.peek().text.starts_with(b"}")
    }

    /// Goes to where the next statement can start; `start` is where the faulty one did.
    fn skip_statement(&mut self, start: usize) {
        if self.at == start && !self.at_mark(b'}') {
            self.advance();
        }
        loop {
            match self.kind() {
                TokenKind::End | TokenKind::Own | TokenKind::Punctuation(b'}') => return,
                TokenKind::Keyword(keyword) if starts_statement(keyword) => return,
                TokenKind::Punctuation(b';') => {
                    self.advance();
                    return;
                }
                _ => self.advance(),
            }
        }
    }

    /// Goes to where the next block can start.
    fn skip_block(&mut self) {
        let mut depth = 0_usize;
        while self.kind() != TokenKind::End && !self.at_new_block() {
            let kind = self.kind();
            self.advance();
            match kind {
                TokenKind::Punctuation(b'{') => depth += 1,
                TokenKind::Punctuation(b'}') if depth <= 1 => return,
                TokenKind::Punctuation(b'}') => depth -= 1,
                TokenKind::Punctuation(b';') if depth == 0 => return,
                _ => {}
            }
        }
    }
}

fn text_of(token: &Token) -> Text {
    Text { bytes: token.text.clone(), span: token.span }
}

fn starts_block(keyword: Keyword) -> bool {
    matches!(
        keyword,
        Keyword::Group
            | Keyword::Prefix
            | Keyword::NoSsl
            | Keyword::Ignore
            | Keyword::Database
            | Keyword::Tempdir
            | Keyword::LockTimeout
            | Keyword::NoCygwinLowercase
    )
}

fn starts_statement(keyword: Keyword) -> bool {
    matches!(
        keyword,
        Keyword::Host
            | Keyword::Key
            | Keyword::Auto
            | Keyword::Include
            | Keyword::Exclude
            | Keyword::Compare
            | Keyword::BackupDirectory
            | Keyword::BackupGenerations
            | Keyword::Action
    )
}
