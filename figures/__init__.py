"""Results in, Plotly figures out: pure functions without torch, Streamlit or science; every visible word comes from the caller."""
