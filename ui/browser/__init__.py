"""What the browser needs: components, served files, packed messages, and the parts of Streamlit that are not public."""
