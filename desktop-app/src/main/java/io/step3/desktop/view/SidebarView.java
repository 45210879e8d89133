package io.step3.desktop.view;

import atlantafx.base.theme.Styles;
import io.step3.desktop.model.Desk;
import io.step3.desktop.model.SidebarViewModel;
import io.step3.desktop.model.Words;
import io.step3.desktop.render.FormulaSvg;
import io.step3.desktop.store.Conversation;
import io.step3.desktop.store.ExportFormat;
import io.step3.desktop.store.ExportSigns;
import io.step3.desktop.store.Folder;
import io.step3.desktop.store.SearchHit;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import javafx.beans.InvalidationListener;
import javafx.beans.Observable;
import javafx.geometry.Bounds;
import javafx.scene.AccessibleRole;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.ContextMenu;
import javafx.scene.control.ListCell;
import javafx.scene.control.ListView;
import javafx.scene.control.Menu;
import javafx.scene.control.SeparatorMenuItem;
import javafx.scene.control.TextField;
import javafx.scene.input.KeyCode;
import javafx.scene.input.MouseButton;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.VBox;

/** The list of conversations with its search and its folders. */
final class SidebarView extends VBox {

    private final ViewContext context;
    private final Desk desk;
    private final SidebarViewModel sidebar;
    private final Words words;
    private final TextField search = new TextField();
    private final ListView<SidebarRow> list = new ListView<>();
    private final InvalidationListener changed = _ -> fill();
    private boolean filling;
    private ContextMenu opened;
    private boolean deletedShown;

    SidebarView(ViewContext context) {
        this.context = context;
        this.desk = context.desk();
        this.sidebar = desk.sidebar();
        this.words = context.words();
        getStyleClass().add("sidebar");
        Button add = Buttons.words(words.text("conversation.new"), this::begin, Styles.ACCENT);
        add.setGraphic(Icon.ADD.node());
        add.setMaxWidth(Double.MAX_VALUE);
        HBox.setHgrow(add, Priority.ALWAYS);
        search.setPromptText(words.text("search.prompt"));
        search.setAccessibleText(words.text("search.prompt"));
        search.textProperty().bindBidirectional(sidebar.queryProperty());
        search.setOnKeyPressed(
                event -> {
                    if (event.getCode() == KeyCode.ESCAPE && !search.getText().isEmpty()) {
                        search.clear();
                        event.consume();
                    } else if (event.getCode() == KeyCode.DOWN) {
                        list.requestFocus();
                        list.getSelectionModel().selectFirst();
                        event.consume();
                    }
                });
        list.setCellFactory(_ -> new SidebarCell(words, this::menu));
        list.setAccessibleText(words.text("sidebar"));
        list.setPlaceholder(new javafx.scene.control.Label(words.text("sidebar.empty")));
        list.getSelectionModel()
                .selectedItemProperty()
                .subscribe(
                        row -> {
                            if (!filling && row != null) {
                                open(row);
                            }
                        });
        list.setOnKeyPressed(
                event -> {
                    if (event.getCode() == KeyCode.DELETE
                            && list.getSelectionModel().getSelectedItem()
                                    instanceof SidebarRow.Talk(Conversation talk)) {
                        sidebar.delete(talk);
                    } else if (event.getCode() == KeyCode.F2
                            && list.getSelectionModel().getSelectedItem()
                                    instanceof SidebarRow.Talk(Conversation talk)) {
                        rename(talk);
                    } else if (event.getCode() == KeyCode.ENTER
                            || event.getCode() == KeyCode.DELETE) {
                        act(list.getSelectionModel().getSelectedItem());
                    } else if (event.getCode() == KeyCode.CONTEXT_MENU
                            || event.getCode() == KeyCode.F10 && event.isShiftDown()) {
                        showMenu();
                        event.consume();
                    }
                });
        list.setOnContextMenuRequested(
                event -> {
                    if (event.isKeyboardTrigger()) {
                        showMenu();
                        event.consume();
                    }
                });
        list.setOnMouseClicked(
                event -> {
                    if (event.getButton() == MouseButton.PRIMARY) {
                        act(list.getSelectionModel().getSelectedItem());
                    }
                });
        VBox.setVgrow(list, Priority.ALWAYS);
        HBox foot =
                new HBox(
                        Buttons.icon(
                                Icon.SETTINGS,
                                words.text("settings"),
                                () -> SettingsView.show(context)),
                        Buttons.icon(
                                Icon.KEYBOARD,
                                words.text("shortcut.sheet"),
                                () -> ShortcutSheet.show(context)),
                        space(),
                        Buttons.words(words.text("import"), this::importJson, Styles.FLAT));
        foot.getStyleClass().add("sidebar-foot");
        getChildren().addAll(new HBox(add), search, list, foot);
        shown().forEach(source -> source.addListener(changed));
        fill();
    }

    /** What the list is made of. */
    private List<Observable> shown() {
        return List.of(
                sidebar.conversations(),
                sidebar.folders(),
                sidebar.deleted(),
                sidebar.hits(),
                sidebar.queryProperty(),
                desk.conversationProperty());
    }

    /** Nobody shows it any longer. */
    void dispose() {
        shown().forEach(source -> source.removeListener(changed));
    }

    private static javafx.scene.layout.Region space() {
        var space = new javafx.scene.layout.Region();
        HBox.setHgrow(space, Priority.ALWAYS);
        return space;
    }

    private void begin() {
        desk.newConversation();
        context.write();
    }

    /** Puts the focus into the search. */
    void search() {
        search.requestFocus();
        search.selectAll();
    }

    private void fill() {
        List<SidebarRow> rows = new ArrayList<>();
        if (!sidebar.queryProperty().get().isBlank()) {
            sidebar.hits().forEach(hit -> rows.add(new SidebarRow.Hit(hit)));
        } else {
            var talks = sidebar.conversations();
            List<Conversation> pinned = talks.stream().filter(Conversation::pinned).toList();
            if (!pinned.isEmpty()) {
                rows.add(new SidebarRow.Heading(words.text("sidebar.pinned"), Optional.empty()));
                pinned.forEach(talk -> rows.add(new SidebarRow.Talk(talk)));
            }
            for (Folder folder : sidebar.folders()) {
                rows.add(new SidebarRow.Heading(folder.name(), Optional.of(folder)));
                talks.stream()
                        .filter(talk -> !talk.pinned())
                        .filter(
                                talk ->
                                        talk.folder().isPresent()
                                                && talk.folder().getAsLong() == folder.id())
                        .forEach(talk -> rows.add(new SidebarRow.Talk(talk)));
            }
            List<Conversation> rest =
                    talks.stream()
                            .filter(talk -> !talk.pinned() && talk.folder().isEmpty())
                            .toList();
            if (!rest.isEmpty() && !rows.isEmpty()) {
                rows.add(new SidebarRow.Heading(words.text("sidebar.others"), Optional.empty()));
            }
            rest.forEach(talk -> rows.add(new SidebarRow.Talk(talk)));
            var deleted = sidebar.deleted();
            if (!deleted.isEmpty()) {
                rows.add(new SidebarRow.DeletedHeading(deleted.size(), deletedShown));
                if (deletedShown) {
                    deleted.forEach(talk -> rows.add(new SidebarRow.Deleted(talk)));
                }
            }
        }
        filling = true;
        if (!rows.equals(list.getItems())) {
            list.getItems().setAll(rows);
        }
        // What was chosen among the hits stays chosen, so that arrows go on from there.
        if (!(list.getSelectionModel().getSelectedItem() instanceof SidebarRow.Hit)) {
            list.getSelectionModel().clearSelection();
        }
        rows.stream()
                .filter(
                        row ->
                                row instanceof SidebarRow.Talk(Conversation talk)
                                        && talk.id() == desk.conversation().id())
                .findFirst()
                .ifPresent(row -> list.getSelectionModel().select(row));
        filling = false;
    }

    private void open(SidebarRow row) {
        switch (row) {
            case SidebarRow.Talk(Conversation talk) -> desk.open(talk.id());
            case SidebarRow.Hit(SearchHit hit) -> desk.open(hit);
            case SidebarRow.Heading _, SidebarRow.DeletedHeading _, SidebarRow.Deleted _ -> {
                // Arrows pass over these; see act.
            }
        }
    }

    /** What a click or Enter does to a row that arrows pass over. */
    private void act(SidebarRow row) {
        switch (row) {
            case SidebarRow.DeletedHeading _ -> {
                deletedShown = !deletedShown;
                fill();
            }
            case SidebarRow.Deleted(Conversation talk) -> DeletedCard.show(context, talk);
            case null, default -> {
                // It was opened when it was chosen.
            }
        }
    }

    /** Shows the conversation so many places down the list. */
    void step(int by) {
        List<Conversation> talks =
                list.getItems().stream()
                        .filter(SidebarRow.Talk.class::isInstance)
                        .map(row -> ((SidebarRow.Talk) row).talk())
                        .toList();
        int at = -1;
        for (int i = 0; i < talks.size(); i++) {
            at = talks.get(i).id() == desk.conversation().id() ? i : at;
        }
        int to = Math.clamp(at + (long) by, 0, Math.max(0, talks.size() - 1));
        if (!talks.isEmpty()) {
            desk.open(talks.get(to).id());
        }
    }

    /** Opens the menu of the row that the keyboard is at. */
    private void showMenu() {
        SidebarRow row = list.getSelectionModel().getSelectedItem();
        ContextMenu menu = row == null ? null : menu(row);
        if (menu == null || opened != null && opened.isShowing()) {
            return;
        }
        opened = menu;
        Node at =
                list.lookupAll(".list-cell").stream()
                        .filter(Node::isVisible)
                        .filter(cell -> row.equals(((ListCell<?>) cell).getItem()))
                        .findFirst()
                        .orElse(list);
        Bounds place = at.localToScreen(at.getLayoutBounds());
        // Owned by the list: a menu goes with its owner, and rows come and go as answers do.
        menu.show(list, place.getMinX(), place.getMaxY());
    }

    private ContextMenu menu(SidebarRow row) {
        return switch (row) {
            case SidebarRow.Talk(Conversation talk) -> menu(talk);
            case SidebarRow.Heading(String _, Optional<Folder> folder) when folder.isPresent() ->
                    new ContextMenu(
                            Buttons.item(
                                    words.text("rename"),
                                    () ->
                                            Question.ask(
                                                    context.overlay(),
                                                    words,
                                                    words.text("folder.name"),
                                                    folder.get().name(),
                                                    words.text("rename"),
                                                    name -> sidebar.rename(folder.get(), name))),
                            Buttons.item(
                                    words.text("folder.delete"),
                                    () -> sidebar.delete(folder.get())));
            case SidebarRow.Deleted(Conversation talk) ->
                    new ContextMenu(
                            Buttons.item(words.text("restore"), () -> sidebar.restore(talk)),
                            Buttons.item(
                                    words.text("deleteNow"),
                                    () -> DeletedCard.show(context, talk)));
            default -> null;
        };
    }

    private ContextMenu menu(Conversation talk) {
        Menu move = new Menu(words.text("move"));
        move.getItems()
                .add(
                        Buttons.item(
                                words.text("folder.new"),
                                () ->
                                        Question.ask(
                                                context.overlay(),
                                                words,
                                                words.text("folder.name"),
                                                "",
                                                words.text("folder.new"),
                                                name -> sidebar.moveToNewFolder(talk, name))));
        if (talk.folder().isPresent()) {
            move.getItems()
                    .add(
                            Buttons.item(
                                    words.text("folder.none"),
                                    () -> sidebar.move(talk, Optional.empty())));
        }
        for (Folder folder : sidebar.folders()) {
            move.getItems()
                    .add(
                            Buttons.item(
                                    folder.name(), () -> sidebar.move(talk, Optional.of(folder))));
        }
        Menu export = new Menu(words.text("export"));
        for (ExportFormat format : ExportFormat.values()) {
            export.getItems()
                    .add(
                            Buttons.item(
                                    words.text("export." + format.name().toLowerCase(Locale.ROOT)),
                                    () -> export(talk, format, _ -> {})));
        }
        // A browser prints the page as it shows it, and makes a PDF of it too.
        export.getItems()
                .add(
                        Buttons.item(
                                words.text("export.print"),
                                () ->
                                        export(
                                                talk,
                                                ExportFormat.HTML,
                                                file ->
                                                        context.surface()
                                                                .browse(file.toUri().toString()))));
        return new ContextMenu(
                Buttons.item(words.text("rename"), () -> rename(talk)),
                Buttons.item(
                        words.text(talk.pinned() ? "unpin" : "pin"),
                        () -> sidebar.pin(talk, !talk.pinned())),
                move,
                export,
                new SeparatorMenuItem(),
                Buttons.item(words.text("delete"), () -> sidebar.delete(talk)));
    }

    private void rename(Conversation talk) {
        Question.ask(
                context.overlay(),
                words,
                words.text("rename.title"),
                talk.title(),
                words.text("rename"),
                name -> {
                    sidebar.rename(talk, name);
                    if (desk.conversation().id() == talk.id()) {
                        desk.conversation().titleProperty().set(name.strip());
                    }
                });
    }

    private void export(Conversation talk, ExportFormat format, Consumer<Path> written) {
        String name = talk.title().replaceAll("[\\\\/:*?\"<>|\\p{Cntrl}]+", " ").strip();
        context.surface()
                .chooseTarget(
                        words.text("export"),
                        (name.isEmpty() ? "conversation" : name) + "." + format.extension(),
                        format.extension())
                .ifPresent(
                        file ->
                                sidebar.export(
                                        talk,
                                        format,
                                        new ExportSigns(
                                                new FormulaSvg(),
                                                FormulaSvg.style(),
                                                words.locale()),
                                        file,
                                        () -> written.accept(file)));
    }

    private void importJson() {
        context.surface().chooseFile(words.text("import"), "json").ifPresent(sidebar::importJson);
    }

    @Override
    public Object queryAccessibleAttribute(
            javafx.scene.AccessibleAttribute attribute, Object... parameters) {
        return attribute == javafx.scene.AccessibleAttribute.ROLE
                ? AccessibleRole.PARENT
                : super.queryAccessibleAttribute(attribute, parameters);
    }
}
