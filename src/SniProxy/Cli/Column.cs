namespace SniProxy.Cli;

/// <param name="Title">The head of the column.</param>
/// <param name="Field">The field it shows; dots lead into objects.</param>
internal readonly record struct Column(string Title, string Field);
