namespace SniProxy.Lab.Ground;

/// <summary>The lab itself, not the product, is at fault; the message says what to do.</summary>
public sealed class LabException : Exception
{
    public LabException(string message)
        : base(message)
    {
    }

    public LabException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public LabException()
    {
    }
}
