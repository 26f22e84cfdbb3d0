using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SniProxy.Storage;

/// <summary>A prepared statement: bind its values, step through its rows.</summary>
internal sealed class SqliteStatement : SafeHandleZeroOrMinusOneIsInvalid
{
    public SqliteStatement()
        : base(ownsHandle: true)
    {
    }

    /// <summary>Set by the database that prepared it.</summary>
    public SqliteDatabase? Database { get; set; }

    /// <param name="position">From 1.</param>
    /// <param name="value">The value.</param>
    public SqliteStatement Bind(int position, long value) => Checked(SqliteLibrary.BindInteger(this, position, value));

    /// <inheritdoc cref="Bind(int, long)"/>
    public SqliteStatement Bind(int position, string value)
    {
        var text = new byte[Encoding.UTF8.GetByteCount(value) + 1];
        return Checked(SqliteLibrary.BindText(this, position, text, Encoding.UTF8.GetBytes(value, text), SqliteLibrary.Transient));
    }

    /// <inheritdoc cref="Bind(int, long)"/>
    public SqliteStatement Bind(int position, ReadOnlySpan<byte> value)
    {
        // A byte more than it holds: an empty array has no address, which SQLite would take for NULL.
        byte[] bytes = [.. value, 0];
        return Checked(SqliteLibrary.BindBlob(this, position, bytes, value.Length, SqliteLibrary.Transient));
    }

    /// <summary>True when a row can be read, false at the end.</summary>
    /// <exception cref="SqliteException">It failed.</exception>
    public bool Step()
    {
        var code = SqliteLibrary.Step(this);
        if (code is not (SqliteLibrary.Row or SqliteLibrary.End))
        {
            Checked(code);
        }

        return code == SqliteLibrary.Row;
    }

    /// <param name="column">From 0.</param>
    /// <exception cref="SqliteException">The column holds something else: the file is damaged.</exception>
    public long Integer(int column)
    {
        Demand(column, SqliteLibrary.Integer);
        return SqliteLibrary.ReadInteger(this, column);
    }

    /// <inheritdoc cref="Integer"/>
    public string Text(int column)
    {
        Demand(column, SqliteLibrary.Text);
        return Encoding.UTF8.GetString(Read(column));
    }

    /// <inheritdoc cref="Integer"/>
    public byte[] Blob(int column)
    {
        Demand(column, SqliteLibrary.Blob);
        return Read(column);
    }

    // Its code is that of its last step, which was told then.
    protected override bool ReleaseHandle()
    {
        _ = SqliteLibrary.Finish(handle);
        return true;
    }

    // Text is stored as UTF-8, so that its bytes are the same read either way.
    private byte[] Read(int column)
    {
        var start = SqliteLibrary.ReadBytes(this, column);
        var bytes = new byte[SqliteLibrary.LengthOf(this, column)];
        if (bytes.Length > 0)
        {
            Marshal.Copy(start, bytes, 0, bytes.Length);
        }

        return bytes;
    }

    private void Demand(int column, int type)
    {
        if (SqliteLibrary.TypeOf(this, column) != type)
        {
            throw new SqliteException(SqliteLibrary.Corrupt, "a column does not hold what belongs there");
        }
    }

    private SqliteStatement Checked(int code)
    {
        Database?.Check(code);
        return this;
    }
}
