package io.step3.desktop.render;

import org.fife.ui.rsyntaxtextarea.Token;
import org.fife.ui.rsyntaxtextarea.TokenMaker;
import org.fife.ui.rsyntaxtextarea.TokenMakerFactory;
import org.fife.ui.rsyntaxtextarea.TokenTypes;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import javax.swing.text.Segment;

/**
 * Colours code line by line with the token makers of RSyntaxTextArea; its Swing component is never
 * made. A line needs only the state the line before ended in, so code that grows is coloured where
 * it grows. Not safe for use by several threads at once: token makers keep state.
 */
final class Highlighters {

    /** The state before the first line. */
    static final int START = TokenTypes.NULL;

    private static final int LONGEST_LINE = 2000;

    /** Info strings as models write them, and the names RSyntaxTextArea gives the languages. */
    private static final Map<String, String> NAMES = names();

    /** A stretch of a line in one colour; the style is a CSS class, or "" for plain. */
    record Span(int start, int end, String style) {}

    /**
     * A coloured line.
     *
     * @param state in which it ends
     */
    record Line(List<Span> spans, int state) {}

    private final Map<String, TokenMaker> makers = new HashMap<>();

    /** Colours one line without its line break. */
    Line line(String language, String line, int state) {
        TokenMaker maker = maker(language);
        if (maker == null || line.length() > LONGEST_LINE) {
            return new Line(plain(line), state);
        }
        char[] chars = line.toCharArray();
        var spans = new ArrayList<Span>();
        int end = state;
        try {
            Token token = maker.getTokenList(new Segment(chars, 0, chars.length), state, 0);
            for (; token != null; token = token.getNextToken()) {
                end = token.getType();
                if (token.isPaintable() && token.length() > 0) {
                    add(spans, token.getOffset(), token.getEndOffset(), style(end));
                }
            }
        } catch (RuntimeException | Error badToken) {
            // A generated lexer gives up on a character it does not know: the line stays plain.
            if (badToken instanceof VirtualMachineError fatal) {
                throw fatal;
            }
            return new Line(plain(line), state);
        }
        boolean whole =
                line.isEmpty()
                        || !spans.isEmpty()
                                && spans.getFirst().start() == 0
                                && spans.getLast().end() == line.length();
        return new Line(whole ? spans : plain(line), end);
    }

    /** The state after some lines. */
    int state(String language, String text, int state) {
        int at = state;
        for (String line : text.split("\n", -1)) {
            at = line(language, line, at).state();
        }
        return at;
    }

    private static List<Span> plain(String line) {
        return line.isEmpty() ? List.of() : List.of(new Span(0, line.length(), ""));
    }

    private static void add(List<Span> spans, int start, int end, String style) {
        if (!spans.isEmpty()) {
            Span last = spans.getLast();
            if (last.style().equals(style) && last.end() == start) {
                spans.set(spans.size() - 1, new Span(last.start(), end, style));
                return;
            }
        }
        spans.add(new Span(start, end, style));
    }

    private TokenMaker maker(String language) {
        String name = NAMES.get(language);
        return name == null
                ? null
                : makers.computeIfAbsent(
                        name, TokenMakerFactory.getDefaultInstance()::getTokenMaker);
    }

    private static String style(int type) {
        return switch (type) {
            case TokenTypes.COMMENT_EOL,
                    TokenTypes.COMMENT_MULTILINE,
                    TokenTypes.COMMENT_DOCUMENTATION,
                    TokenTypes.COMMENT_KEYWORD,
                    TokenTypes.COMMENT_MARKUP,
                    TokenTypes.MARKUP_COMMENT ->
                    "tok-comment";
            case TokenTypes.RESERVED_WORD,
                    TokenTypes.RESERVED_WORD_2,
                    TokenTypes.LITERAL_BOOLEAN,
                    TokenTypes.MARKUP_TAG_NAME ->
                    "tok-keyword";
            case TokenTypes.FUNCTION, TokenTypes.ANNOTATION -> "tok-function";
            case TokenTypes.LITERAL_NUMBER_DECIMAL_INT,
                    TokenTypes.LITERAL_NUMBER_FLOAT,
                    TokenTypes.LITERAL_NUMBER_HEXADECIMAL,
                    TokenTypes.MARKUP_ENTITY_REFERENCE ->
                    "tok-number";
            case TokenTypes.LITERAL_STRING_DOUBLE_QUOTE,
                    TokenTypes.LITERAL_CHAR,
                    TokenTypes.LITERAL_BACKQUOTE,
                    TokenTypes.REGEX,
                    TokenTypes.ERROR_STRING_DOUBLE,
                    TokenTypes.ERROR_CHAR,
                    TokenTypes.MARKUP_TAG_ATTRIBUTE_VALUE,
                    TokenTypes.MARKUP_CDATA ->
                    "tok-string";
            case TokenTypes.DATA_TYPE,
                    TokenTypes.VARIABLE,
                    TokenTypes.MARKUP_TAG_ATTRIBUTE,
                    TokenTypes.PREPROCESSOR,
                    TokenTypes.MARKUP_PROCESSING_INSTRUCTION,
                    TokenTypes.MARKUP_DTD ->
                    "tok-type";
            default -> "";
        };
    }

    private static Map<String, String> names() {
        var names = new HashMap<String, String>();
        String table =
                """
                text/actionscript actionscript as
                text/asm asm assembly nasm x86asm
                text/c c h
                text/clojure clojure clj
                text/cpp cpp c++ cc cxx hpp cuda cu
                text/cs cs csharp c#
                text/css css scss
                text/csv csv
                text/d d
                text/dart dart
                text/delphi delphi pascal
                text/dockerfile dockerfile docker
                text/dtd dtd
                text/fortran fortran f90
                text/golang go golang
                text/groovy groovy gradle
                text/handlebars handlebars hbs
                text/html html xhtml vue svelte
                text/htaccess htaccess
                text/hosts hosts
                text/ini ini toml cfg conf
                text/java java
                text/javascript javascript js jsx mjs
                text/json json jsonl
                text/jshintrc json5 jsonc
                text/jsp jsp
                text/kotlin kotlin kt kts
                text/latex latex tex
                text/less less
                text/lisp lisp elisp scheme racket
                text/lua lua
                text/makefile makefile make
                text/markdown markdown md
                text/mxml mxml
                text/nsis nsis
                text/perl perl pl
                text/php php
                text/powershell powershell ps1 pwsh
                text/properties properties env dotenv
                text/proto proto protobuf
                text/python python py python3 ipython pycon
                text/ruby ruby rb
                text/rust rust rs
                text/sas sas
                text/scala scala
                text/sql sql mysql postgresql postgres sqlite plsql
                text/tcl tcl
                text/typescript typescript ts tsx
                text/unix sh bash shell zsh console shell-session
                text/vb vb vbnet
                text/bat bat cmd batch
                text/vhdl vhdl
                text/verilog verilog systemverilog
                text/xml xml svg xsl xslt xsd
                text/yaml yaml yml
                """;
        table.lines()
                .map(line -> line.split(" "))
                .forEach(
                        line -> {
                            for (int i = 1; i < line.length; i++) {
                                names.put(line[i], line[0]);
                            }
                        });
        return names;
    }
}
