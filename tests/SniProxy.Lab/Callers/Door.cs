namespace SniProxy.Lab.Callers;

/// <summary>Which of the appliance's doors a client goes through; Direct is the lab's own stand-in without an appliance.</summary>
public enum Door
{
    Direct,
    Redirect,
    TProxy,
    Explicit,
}
