"""How the page looks: the framework's theme with our colours and local fonts, and our own CSS."""

from __future__ import annotations

from importlib.resources import files

import gradio as gr

from search_ui.charts import chart_css

PLEX_SANS = gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700))
PLEX_MONO = gr.themes.LocalFont("IBM Plex Mono", weights=(400, 700))


def theme() -> gr.themes.Base:
    """Return the theme: indigo on slate, IBM Plex as the framework ships it, no other host."""
    return gr.themes.Base(
        primary_hue="indigo",
        neutral_hue="slate",
        font=[PLEX_SANS, "sans-serif"],
        font_mono=[PLEX_MONO, "monospace"],
    ).set(
        body_background_fill="#f8fafc",
        body_background_fill_dark="#0b1220",
        block_background_fill="#ffffff",
        block_background_fill_dark="#111a2c",
        block_border_color="#e2e8f0",
        block_border_color_dark="#27334a",
        body_text_color_subdued="*neutral_500",
        body_text_color_subdued_dark="*neutral_400",
        block_info_text_color="*neutral_500",
        block_info_text_color_dark="*neutral_400",
        input_background_fill="#ffffff",
        input_background_fill_dark="#0f172a",
        input_background_fill_focus="#ffffff",
        input_background_fill_focus_dark="#0f172a",
        input_border_color="#cbd5e1",
        input_border_color_dark="#3b4a64",
        input_border_color_focus="#4338ca",
        input_border_color_focus_dark="#a5b4fc",
        input_border_width="1px",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        button_primary_background_fill="#4338ca",
        button_primary_background_fill_hover="#3730a3",
        button_primary_background_fill_dark="#4338ca",
        button_primary_background_fill_hover_dark="#4f46e5",
        button_primary_text_color="#ffffff",
        button_large_radius="10px",
        button_small_radius="10px",
        block_radius="12px",
        input_radius="10px",
    )


def head() -> str:
    """Return what stands in the page's head: our CSS, after the framework's, and our script."""
    css, script = (
        files("search_ui").joinpath(name).read_text(encoding="utf-8")
        for name in ("page.css", "page.js")
    )
    return (
        f"<style>{css}{chart_css()}</style><script>{script}</script>"
        '<meta name="color-scheme" content="light dark">'
    )
