//! The server: it renders the page, and serves the program of the browser.

#[cfg(feature = "ssr")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    use axum::{Router, routing::get};
    use leptos::prelude::*;
    use leptos_axum::{file_and_error_handler, render_app_to_stream};
    use server_rendered::app::shell;

    // An app with leptos_router has its routes do so: `leptos_routes`.
    any_spawner::Executor::init_tokio()?;
    // `cargo leptos` sets the variables that this reads.
    let options = get_configuration(None)?.leptos_options;
    let listener = tokio::net::TcpListener::bind(options.site_addr).await?;
    println!("listening on http://{}", listener.local_addr()?);

    let page = {
        let options = options.clone();
        move || shell(options.clone())
    };
    let app = Router::new()
        .route("/", get(render_app_to_stream(page)))
        .fallback(file_and_error_handler::<LeptosOptions, _>(shell))
        .with_state(options);
    axum::serve(listener, app).await?;
    Ok(())
}

#[cfg(not(feature = "ssr"))]
fn main() {
    eprintln!("the server needs the feature `ssr`: run `cargo leptos watch`");
}
