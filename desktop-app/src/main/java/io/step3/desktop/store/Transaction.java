package io.step3.desktop.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** The statements of one transaction, and what is to be told or done once it is committed. */
final class Transaction {

    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    private final Connection connection;
    private final Set<Change> changes = new LinkedHashSet<>();
    private final List<Runnable> afterCommit = new ArrayList<>();

    Transaction(Connection connection) {
        this.connection = connection;
    }

    /** Runs a statement and gives the number of rows that it changed. */
    int update(String sql, Object... arguments) throws SQLException {
        try (PreparedStatement statement = prepare(sql, arguments)) {
            return statement.executeUpdate();
        }
    }

    /** Inserts a row and gives its id. */
    long insert(String sql, Object... arguments) throws SQLException {
        try (PreparedStatement statement = prepare(sql + " RETURNING rowid", arguments);
                ResultSet rows = statement.executeQuery()) {
            rows.next();
            return rows.getLong(1);
        }
    }

    <T> List<T> list(Row<T> row, String sql, Object... arguments) throws SQLException {
        try (PreparedStatement statement = prepare(sql, arguments);
                ResultSet rows = statement.executeQuery()) {
            List<T> found = new ArrayList<>();
            while (rows.next()) {
                found.add(row.read(rows));
            }
            return found;
        }
    }

    <T> Optional<T> first(Row<T> row, String sql, Object... arguments) throws SQLException {
        try (PreparedStatement statement = prepare(sql, arguments);
                ResultSet rows = statement.executeQuery()) {
            return rows.next() ? Optional.of(row.read(rows)) : Optional.empty();
        }
    }

    /** How many rows the connection has changed since it was opened. */
    long changeCount() throws SQLException {
        return Schema.number(connection, "SELECT total_changes()");
    }

    /** Remembers a change, told to the listeners after the commit. */
    void changed(Change change) {
        changes.add(change);
    }

    Set<Change> changes() {
        return changes;
    }

    /** Remembers what is to be done after the commit; it is not done if that fails. */
    void afterCommit(Runnable action) {
        afterCommit.add(action);
    }

    List<Runnable> afterCommit() {
        return afterCommit;
    }

    private PreparedStatement prepare(String sql, Object... arguments) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        try {
            for (int i = 0; i < arguments.length; i++) {
                bind(statement, i + 1, arguments[i]);
            }
            return statement;
        } catch (SQLException | RuntimeException e) {
            statement.close();
            throw e;
        }
    }

    private static void bind(PreparedStatement statement, int index, Object argument)
            throws SQLException {
        switch (argument) {
            case null -> statement.setObject(index, null);
            case String text -> statement.setString(index, text);
            case Long number -> statement.setLong(index, number);
            case Integer number -> statement.setInt(index, number);
            case Boolean flag -> statement.setInt(index, flag ? 1 : 0);
            case Enum<?> name -> statement.setString(index, name.name());
            case Instant time -> statement.setLong(index, time.toEpochMilli());
            case OptionalLong number when number.isPresent() ->
                    statement.setLong(index, number.getAsLong());
            case OptionalLong none -> statement.setObject(index, null);
            default ->
                    throw new IllegalArgumentException(
                            "No column holds a " + argument.getClass().getName());
        }
    }

    static OptionalLong optionalLong(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(value);
    }

    static Instant instant(ResultSet row, String column) throws SQLException {
        return Instant.ofEpochMilli(row.getLong(column));
    }
}
