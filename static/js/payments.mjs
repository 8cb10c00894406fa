// The payer came back from the provider: ask at once whether the payment arrived. Without this file a button does it.
document.querySelector("form[data-send]")?.requestSubmit();
