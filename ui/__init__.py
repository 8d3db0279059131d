"""All Streamlit code but the pages themselves: controls, jobs, the view, language and links."""
