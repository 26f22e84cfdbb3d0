namespace SniProxy.Storage;

/// <summary>The store cannot do what was asked; the message says where, what is wrong and what to do.</summary>
internal class StoreException(string message, Exception? inner = null) : Exception(message, inner);
